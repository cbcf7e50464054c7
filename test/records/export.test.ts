/** A session that is handed over as one document can be read alone: what was rejected stands in it. */
import { describe, expect, it } from 'vitest'
import { largestText, largestTexts } from '../../lib/records/rejected-texts.js'
import { localMoment, localZone } from '../../lib/text/local-time.js'
import { places } from '../rules/support/places.js'
import { fileSystems } from '../support/file-systems.js'

describe.each(fileSystems)('an export, on %s', (_name, open) => {
  const make = places(open)
  const first = '# One\n\nIt was dark.\n```js\nalert(1)\n```\n<script>\u202e</script>\n'

  async function prepared(files: Record<string, string> = { 'one.md': first }) {
    const place = make(files)
    const workspace = await place.open()
    const session = await workspace.start('draft')
    const exported = async (format: 'json' | 'csv' | 'markdown', name = 'draft') =>
      (await workspace.records.export(name, format)).content
    const rejected = async (name = 'draft') => JSON.parse(await exported('json', name)).human_retries
    return { place, workspace, session, exported, rejected }
  }

  it('holds each rejected text with its place, while the session is open and when it has ended', async () => {
    const { session, exported, rejected } = await prepared()
    await session.retry('one.md', 'Too dark')
    await session.write('one.md', 'Brighter.\n')
    await session.retry('one.md', 'Too bright')
    const texts = [first, 'Brighter.\n']
    const open = 'workspace/sessions/draft/human-retries/one.md-retry-'
    expect(await rejected()).toMatchObject([
      { reason: 'Too dark', text: texts[0], size_bytes: Buffer.byteLength(first), saved_to: `${open}1.md` },
      { reason: 'Too bright', text: texts[1], size_bytes: 10, saved_to: `${open}2.md` },
    ])
    await session.commit()
    const archived = 'workspace/retries-archive/draft/one.md-retry-'
    const ended = await rejected()
    expect(ended).toMatchObject(texts.map((text, at) => ({ text, saved_to: `${archived}${at + 1}.md` })))
    for (const one of ended) expect(one).not.toHaveProperty('text_lacks')
    const [header, ...rows] = (await exported('csv')).trimEnd().split('\r\n')
    expect(header).toBe('timestamp,role,content,tokens,cost_usd,kind,paths,outcome,saved_to,session,status')
    const kept = rows.filter((row) => row.includes(',retry,')).map((row) => row.split(',').slice(-3))
    expect(kept).toEqual([1, 2].map((retry) => [`${archived}${retry}.md`, 'draft', 'COMMITTED']))
    expect(rows.filter((row) => row.endsWith(',,draft,COMMITTED'))).toHaveLength(rows.length - 2)
  })

  it('gives paths in CSV so that names with spaces and commas can be told apart', async () => {
    const { session, exported } = await prepared({ 'one.md': first, 'a b, c.md': 'x\n' })
    await session.move('a b, c.md', 'd, e.md')
    await session.write('b.md', 'b\n')
    await session.commit()
    const rows = (await exported('csv')).trimEnd().split('\r\n')
    const paths = rows.flatMap(
      (row) => /"(\[.*?\])",(?:ok|[A-Z_]+),/.exec(row)?.[1]?.replaceAll('""', '"') ?? [],
    )
    expect(paths.map((cell) => JSON.parse(cell))).toContainEqual(['a b, c.md', 'd, e.md'])
  })

  it('fences a rejected text in Markdown, so that nothing of it acts or ends the fence', async () => {
    const { workspace, session, exported } = await prepared()
    await session.retry('one.md', 'Too *dark*')
    await session.retry('one.md', 'Still')
    const markdown = await exported('markdown')
    const fence = '````'
    expect(markdown).toContain(`\n${fence}\n${first.replace('\u202e', '\\u202e')}${fence}\n`)
    expect(markdown).toContain('### one.md, retry 1\n\n**Reason**: Too \\*dark\\*')
    expect(markdown).toContain('**Kept in**: workspace/sessions/draft/human-retries/one.md-retry-1.md')
    expect(markdown).toContain('The same text as retry 1.')
    expect(markdown.split(fence)).toHaveLength(3)
    const { createdAt } = await workspace.records.show('draft')
    expect(markdown).toContain(`**Created**: ${localMoment(createdAt)}`)
    expect(markdown).toContain(`**Times**: those of ${localZone()}`)
  })

  it('names the place alone of what is no text, is gone, or leads elsewhere', async () => {
    const { place, session, exported, rejected } = await prepared({
      'pic.png': '\0\u0001',
      'two.md': 'Two.\n',
    })
    await session.retry('pic.png', 'Ugly')
    await session.retry('two.md', 'Dull')
    await session.retry('two.md', 'Still dull')
    await session.commit()
    const archive = 'workspace/retries-archive/draft'
    place.fs.rmSync(`${place.root}/${archive}/two.md-retry-1.md`)
    const list = place.read(`${archive}/retries.json`)
    place.put(`${archive}/retries.json`, list.replace('two.md-retry-2.md', '../../../two.md'))
    expect(await rejected()).toMatchObject([
      { text: null, size_bytes: 2, text_lacks: 'binary', saved_to: `${archive}/pic.png-retry-1.png` },
      { text: null, size_bytes: null, text_lacks: 'gone' },
      { text: null, size_bytes: null, text_lacks: 'gone' },
    ])
    const markdown = await exported('markdown')
    expect(markdown).toContain('*Not text: see the file.*')
    expect(markdown).toContain('*The version is not there any more.*')
    expect(markdown).not.toContain('Two.')
  })

  it('has bounds for each text and for all, cuts no character in two, and leaves room for the newest', async () => {
    const long = `${'Wört. '.repeat(largestText / 4)}\n`
    const { session, exported, rejected } = await prepared({ 'long.md': long })
    const most = Math.ceil(largestTexts / largestText) + 2
    for (let at = 1; at <= most; at++) await session.retry('long.md', `Reason ${at}`)
    const all = await rejected()
    const bytes = all.map(({ text }: { text: string | null }) => Buffer.byteLength(text ?? ''))
    expect(Math.max(...bytes)).toBeLessThanOrEqual(largestText)
    expect(bytes.reduce((sum: number, one: number) => sum + one, 0)).toBeLessThanOrEqual(largestTexts)
    const last = all.at(-1)
    expect(last).toMatchObject({ size_bytes: Buffer.byteLength(long), text_lacks: 'rest' })
    expect(long.startsWith(last.text)).toBe(true)
    expect(last.text.length).toBeGreaterThan(largestText / 2)
    expect(all[0]).toMatchObject({ text: null, text_lacks: 'room', reason: 'Reason 1' })
    const markdown = await exported('markdown')
    expect(markdown).toMatch(/\*The first 64 KB of 1\d\d KB: see the file for the rest\.\*/)
    expect(markdown).toContain('*Left out, since the texts above are long: see the file.*')
  })

  it('tells in Markdown what changed in each text, while it is open, committed, and committed over since', async () => {
    const { place, workspace, session, exported } = await prepared({
      'one.md': 'It was dark. It rained.\n',
      'two.md': 'Two.\n',
    })
    await session.write('one.md', 'It was light. It rained.\n')
    await session.write('new.md', '# New\n\nThe ```end```.\n')
    await session.move('two.md', 'three.md')
    const told = ['It was [-dark-]{+light+}.', '````\n# New\n\nThe ```end```.\n````']
    const before = await exported('markdown')
    for (const text of [...told, '### one.md (modified; not committed)']) expect(before).toContain(text)
    await session.commit()
    const after = await exported('markdown')
    for (const text of [...told, '### new.md (created; commit 0001)', '3 files (1 moved)'])
      expect(after).toContain(text)
    expect(after).not.toMatch(/### (two|three)\.md/)

    const next = await workspace.start('next')
    await next.write('one.md', 'Over.\n')
    await next.commit()
    expect(await exported('markdown')).toContain(told[0])
    place.put('new.md', 'By hand.\n')
    expect(await exported('markdown')).toMatch(
      /### new\.md .*\n\n\*No text, too large, or not there any more/,
    )
    place.fs.rmSync(`${place.root}/workspace/history`, { recursive: true })
    expect(await exported('markdown')).toContain('*What its commits replaced is not kept any more')
  })

  it('tells what changed from one rejected text to the next, and that what was cancelled is gone', async () => {
    const { session, exported } = await prepared({ 'one.md': 'It was dark. It rained.\n' })
    await session.retry('one.md', 'Too dark')
    await session.write('one.md', 'It was light. It rained.\n')
    await session.retry('one.md', 'Too light')
    await session.cancel()
    const markdown = await exported('markdown')
    expect(markdown).toMatch(/What changed since retry 1:\n\n```\n[^`]*It was \[-dark-\]\{\+light\+\}\./)
    expect(markdown).toContain('was thrown away: nothing is left to compare')
  })

  it('has bounds for comparisons too', async () => {
    const { session, exported } = await prepared({})
    for (let at = 0; at < 20; at++)
      await session.write(`${at}.md`, `${at}. ${'Wort. '.repeat(5_000)}\n`.repeat(2))
    const markdown = await exported('markdown')
    expect(markdown.length).toBeLessThan(280 * 1024)
    expect(markdown).toContain('*There is more, which is left out, since the texts above are long.*')
  })

  it('tells the history in a person’s words, reasons apart from paths', async () => {
    const { session, exported } = await prepared({ 'one.md': 'One.\n' })
    await session.edit('one.md', 'One', 'Two')
    await session.retry('one.md', 'Too *short*')
    await session.move('one.md', 'two.md')
    await session.commit()
    const [, history = ''] = (await exported('markdown')).split('## History')
    for (const text of [
      'began the session (by library)',
      'edited one.md (by library)',
      'rejected one.md (by the user). Retry 1: Too \\*short\\*',
      'moved one.md → two.md (by library)',
      'committed, as 0001, ',
    ])
      expect(history).toContain(`* ${text}`)
    expect(history).not.toContain('_session')
  })
})
