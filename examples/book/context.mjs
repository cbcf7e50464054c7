/** What a writing agent is told about the book: its people, its world and its manner. */

const characters = {
  ishmael: {
    name: 'Ishmael',
    role: 'narrator; green hand, then oarsman of the Pequod',
    voice:
      'first person, digressive, amused, learned at second hand; long sentences that end on something plain',
    first_chapter: 1,
    relations: { queequeg: 'bosom friend', ahab: 'his captain' },
  },
  queequeg: {
    name: 'Queequeg',
    role: 'harpooneer of the first mate, son of the king of Kokovoko',
    voice: 'few words, broken English, never at a loss',
    first_chapter: 3,
    relations: { ishmael: 'bosom friend', starbuck: 'his headsman' },
  },
  ahab: {
    name: 'Ahab',
    role: 'captain of the Pequod',
    voice: 'commands and soliloquies; scripture, iron and fire; thee and thou to the crew',
    first_chapter: 28,
    relations: { starbuck: 'first mate, and his conscience', 'moby-dick': 'took his leg' },
  },
  starbuck: {
    name: 'Starbuck',
    role: 'first mate of the Pequod, a Quaker of Nantucket',
    voice: 'spare, grave and exact',
    first_chapter: 26,
    relations: { ahab: 'his captain', queequeg: 'his harpooneer' },
  },
}

const pequod = `# The Pequod

A whaler of Nantucket, old-fashioned and rather small, long seasoned in the typhoons and calms of four oceans.

## Looks

- Bulwarks set all round with the long sharp teeth of the sperm whale for pins.
- A tiller instead of a wheel, carved from the jaw of her hereditary foe.
- Masts cut on the coast of Japan, where the originals went overboard in a gale.

## Boats and crew

| Boat | Headsman | Harpooneer |
|---|---|---|
| first | Starbuck | Queequeg |
| second | Stubb | Tashtego |
| third | Flask | Daggoo |
| the captain's | Ahab | Fedallah |

## Owners

Captain Bildad and Captain Peleg, and the widows and orphans of Nantucket.
`

const styleGuide = `# Style guide

## Narration

- First person and past tense. Ishmael tells what he saw, and guesses aloud at the rest.
- A digression earns its place by coming back to the ship.

## Dialogue

- Each speaker can be told by the words alone; see the \`voice\` of each file in \`context/characters/\`.
- Ahab says thee and thou to the crew; Stubb jokes when it is worst.

## Form

- One paragraph a line, a blank line between two; double quotes for speech.
- A dash is an em dash without spaces.
- A scene has one heading and seldom more than 1,500 words.
`

/** @returns {[path: string, text: string][]} */
export function contextFiles() {
  return [
    ...Object.entries(characters).map(([name, character]) => [
      `context/characters/${name}.json`,
      `${JSON.stringify(character, null, 2)}\n`,
    ]),
    ['context/world/pequod.md', pequod],
    ['context/style-guide.md', styleGuide],
  ]
}
