import { describe, expect, it } from 'vitest'
import { spell, spellCall, spellPlain } from '../../lib/render/spell.js'

describe('next steps', () => {
  it('are spelled for their reader', () => {
    const given = { name: 'draft', force: true, files: ['a.md', 'b c.md'] }
    expect(spellPlain('chat', 'commit_session', given)).toBe(
      '/session commit draft --force --file a.md --file "b c.md"',
    )
    expect(spell('shell', 'commit_session', given)).toBe(
      "cowrite session commit draft --force --file a.md --file 'b c.md'",
    )
    expect(spell('chat', 'read_session_file', { file_path: 'a.md' })).toBe(
      "read_session_file(file_path='a.md')",
    )
    expect(spell('shell', 'read_session_file', { file_path: 'a.md' })).toBe('cowrite file read a.md')
  })

  it('a flag that says false stands for false alone', () => {
    expect(spell('shell', 'cancel_session', { backup_retries: false })).toBe(
      'cowrite session cancel --no-backup-retries',
    )
    expect(spell('shell', 'cancel_session', { backup_retries: true })).toBe('cowrite session cancel')
  })

  it('what is needed and not known is a place to fill in', () => {
    expect(spell('chat', 'record_human_retry')).toBe('/retry <file> <reason>')
    expect(spell('chat', 'undo_commit', { commit_id: { placeholder: 'id' } })).toBe('/session undo <id>')
  })

  it('P7: values are quoted, and do not act', () => {
    expect(spell('shell', 'read_session_file', { file_path: "it's; rm -rf ~\u001b" })).toBe(
      "cowrite file read 'it'\\''s; rm -rf ~\\x1b'",
    )
    expect(spell('chat', 'read_session_file', { file_path: '`[x](y)`' })).toBe(
      "`` read_session_file(file_path='`[x](y)`') ``",
    )
    expect(spellCall('read_session_file', { file_path: "a'b" })).toBe("read_session_file(file_path='a\\'b')")
  })
})
