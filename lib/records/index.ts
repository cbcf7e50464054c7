/** What is kept of sessions, read when somebody asks: nothing of this floor is loaded before. */
export { operationsOf } from './operations.js'
