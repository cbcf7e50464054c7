/** What a small file was built as (`replaceFile`), and was never renamed from. */
export const temporaryName = /\.[0-9a-f]{8}-[0-9a-z]+\.tmp$/
