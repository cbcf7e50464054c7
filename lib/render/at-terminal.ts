/** What a program prints as it stands, where a person looks at it: nothing in it acts. */
export { forTerminal, jsonForTerminal, linesForTerminal } from '../text/escape.js'
