/** Setting up agent clients to use cowrite: what is found, what would be written, and writing it. */
export { apply, findObstacles } from './apply.js'
export { type Client, clients } from './catalogue.js'
export { type Obstacle, Obstructed } from './draft.js'
export { type FoundClient, findClients } from './find.js'
export { type ClientName, clientNames } from './names.js'
export { type Change, type Plan, type PlannedPart, planRemoval, planSetup } from './plan.js'
export type { World } from './world.js'
