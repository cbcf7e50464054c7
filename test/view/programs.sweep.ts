/**
 * Programs of every kind, run on a plain copy of a folder and in a session's view of it: when the session has been
 * committed, the folder equals the copy.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWorkspace } from '../../lib/index.js'
import type { Session } from '../../lib/session.js'
import { keepViewsTogether, namedWays } from './support/ways.js'

const isWhole = process.env.COWRITE_SWEEP === 'full'

/** In bytes; a whole sweep takes the size of the promise. */
const large = isWhole ? 1024 ** 3 : 64 * 1024 ** 2

interface Work {
  name: string
  /** Programs that it needs. */
  needs: string[]
  script: string
  /** What a plain copy and a commit may differ in: names of files that hold times, or none. */
  except?: RegExp
  /** Whether it asks the registry of npm, which only a whole sweep does. */
  isOnline?: boolean
}

const works: Work[] = [
  {
    name: 'an editor that saves by rename, sed -i, and a file in place',
    needs: ['sed', 'perl'],
    script: `for n in 1 2 3; do cp -p src/a.txt src/.a.swp; echo $n >> src/.a.swp; mv src/a.txt src/a.txt~; mv src/.a.swp src/a.txt; done
      rm src/a.txt~; sed -i s/line/LINE/ src/b.txt; perl -pi -e 's/1/one/' src/c.txt; printf X | dd of=src/b.txt bs=1 seek=3 conv=notrunc status=none`,
  },
  {
    name: '10,000 small files, in many folders, some deleted again',
    needs: ['seq'],
    script: `for d in $(seq 100); do mkdir -p many/$d; (cd many/$d; for f in $(seq 100); do echo $d-$f > $f; done); done; rm -r many/7 many/8/1*; mv many/9 many/nine`,
  },
  {
    name: 'hard links, symbolic links, modes and empty folders',
    needs: [],
    script: `ln src/a.txt src/linked; echo more >> src/linked; ln -s ../src/b.txt src/soft; ln -sfn c.txt src/other; chmod 755 src/b.txt; chmod 600 src/c.txt; mkdir -p empty/er; chmod 750 empty; mkdir -m 700 closed`,
  },
  {
    name: 'folders of lower that are renamed, deleted, and made anew',
    needs: [],
    script: `mv deep/one deep/uno; mv deep elsewhere; mkdir deep; echo new > deep/file; rm -r tree; mkdir -p tree/sub; echo x > tree/sub/x; rm -r tree; mkdir tree; echo y > tree/y; mv src/d src/e; mv src/e src/d`,
  },
  {
    name: 'names with blanks, line breaks and every sign',
    needs: [],
    script: `mkdir 'a b'; echo 1 > 'a b/ c '; echo 2 > "$(printf 'line\\nbreak')"; echo 3 > 'back\\slash'; echo 4 > '"quoted"'; echo 5 > ünïcödé; echo 6 > ./-rf; echo 7 > '~session.json'; echo 8 > session.json; mkdir human-retries; echo 9 > human-retries/x; rm 'old name'`,
  },
  {
    name: 'a C build with make, twice, the second with less to do',
    needs: ['make', 'cc'],
    script: `cd c; make -s; ./program > output; sed -i s/41/42/ part.c; make -s; ./program >> output; make -s -q`,
  },
  {
    name: 'writers by mmap, private and shared, over files of lower and of the session',
    needs: ['cc'],
    script: `cc -o mapper c/mapper.c; ./mapper src/a.txt A; ./mapper c/part.c '/'; cp src/b.txt mapped; ./mapper mapped B; rm mapper`,
  },
  {
    name: 'a git repository that is cloned, committed to, packed and branched',
    needs: ['git'],
    script: `git clone -q upstream clone; cd clone; echo x > x; git add x; git -c user.name=a -c user.email=a@b commit -qm x; git gc -q; git switch -qc y; git log --format=%s > ../log; git fsck`,
    except:
      /clone\/\.git\/(config|index|logs\/|objects\/|refs\/|packed-refs|ORIG_HEAD|COMMIT_EDITMSG|info\/|gc\.)/,
  },
  {
    name: 'npm install of a package, and running it',
    needs: ['npm'],
    script: `cd js; npm install --offline --no-audit --no-fund --loglevel=error ./package.tgz > /dev/null; node -e "require('small')" > ran; npm uninstall --offline --no-audit --no-fund --loglevel=error small > /dev/null; npm install --offline --no-audit --no-fund --loglevel=error ./package.tgz > /dev/null`,
    except: /js\/node_modules\/\.package-lock\.json/,
  },
  {
    name: 'npm install of a real package with seventy others, and its tests',
    needs: ['npm'],
    script: `mkdir real; cd real; echo '{}' > package.json; npm install --prefer-offline --no-audit --no-fund --loglevel=error fast-uri@3.1.9 tape@5.9.0 > /dev/null
      rm node_modules/fast-uri/test/ajv.test.js; node_modules/.bin/tape 'node_modules/fast-uri/test/*.test.js' > told; grep -q '^# ok' told`,
    except: /real\/node_modules\/\.package-lock\.json/,
    isOnline: true,
  },
  {
    name: 'one byte of a large file',
    needs: [],
    script: 'printf X | dd of=large bs=1 seek=1000000 conv=notrunc status=none',
  },
]

keepViewsTogether()

describe.each(namedWays)('programs in a view by %s', (_name, { isHere, name: provider, run }) => {
  if (!isHere) return it.skip('is not to be had', () => {})
  let folder: string
  beforeEach(() => {
    folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'cowrite-')))
  })
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }), 10 * 60_000)

  for (const { name, needs, script, except, isOnline = false } of works) {
    const isPossible = needs.every(isInstalled) && (!isOnline || (isWhole && registryAnswers()))
    it.runIf(isPossible)(`the same as on a plain copy: ${name}`, async () => {
      const [plain, root] = [join(folder, 'plain'), join(folder, 'root')]
      fs.mkdirSync(root)
      makeTree(root, name.includes('large'))
      execFileSync('cp', ['-a', '--reflink=auto', root, plain])
      execFileSync('sh', ['-ec', script], { cwd: plain, stdio: ['ignore', 'ignore', 'inherit'] })

      const before = snapshot(root)
      expect(snapshot(plain), 'it is to change something').not.toEqual(before)
      const workspace = await openWorkspace(root)
      try {
        const session = (await workspace.start('first')) as Session
        const used = process.memoryUsage().rss
        const result = await run(session, 'sh', ['-ec', inView(script, provider)])
        expect(result).toMatchObject({ stderr: '', exitCode: 0, leftOut: [] })
        expect(snapshot(root)).toEqual(before)
        await session.commit({ includeIgnored: true })
        expect(process.memoryUsage().rss - used).toBeLessThan(300 * 1024 ** 2)
      } finally {
        await workspace.close()
      }
      const left = ([path]: [string, string]): boolean => except === undefined || !except.test(path)
      expect(Object.fromEntries(Object.entries(snapshot(root)).filter(left))).toEqual(
        Object.fromEntries(Object.entries(snapshot(plain)).filter(left)),
      )
      if (needs.includes('git'))
        execFileSync('git', ['-C', join(root, 'clone'), 'fsck', '--strict'], { stdio: 'pipe' })
    })
  }
})

let answers: boolean | undefined

function registryAnswers(): boolean {
  answers ??= spawnSync('npm', ['view', 'fast-uri@3.1.9', 'version'], { stdio: 'ignore' }).status === 0
  return answers
}

/** A mount gives a live file another number when it is linked to, but root's by fuse-overlayfs; git refuses that. */
function inView(script: string, provider: string): string {
  const isKept = provider === 'copy' || (provider === 'fuse-overlay' && process.getuid?.() === 0)
  return isKept ? script : script.replace('git clone', 'git clone --no-hardlinks')
}

function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
}

function makeTree(root: string, withLarge: boolean): void {
  const put = (path: string, content: string): void => {
    fs.mkdirSync(join(root, path, '..'), { recursive: true })
    fs.writeFileSync(join(root, path), content)
  }
  for (const name of ['a', 'b', 'c']) put(`src/${name}.txt`, 'line 1\nline 2\n'.repeat(200))
  put('src/d/inner', 'inner\n')
  put('old name', 'old\n')
  for (const path of ['deep/one/a', 'deep/one/two/b', 'tree/x', 'tree/y/z']) put(path, `${path}\n`)
  put('c/part.c', 'int part(void) { return 41; }\n')
  put(
    'c/main.c',
    '#include <stdio.h>\nint part(void);\nint main(void) { printf("%d\\n", part()); return 0; }\n',
  )
  put('c/Makefile', 'program: main.o part.o\n\t$(CC) -o $@ $^\n%.o: %.c\n\t$(CC) -g0 -c -o $@ $<\n')
  put(
    'c/mapper.c',
    `#include <fcntl.h>\n#include <sys/mman.h>\n#include <unistd.h>
int main(int count, char **words) {
  int file = open(words[1], O_RDWR);
  char *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  char *own = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  own[1] = '!';
  shared[0] = words[2][0];
  munmap(shared, 4096);
  return count != 3 || close(file);
}\n`,
  )
  if (isInstalled('git')) {
    const git = (...words: string[]) =>
      execFileSync('git', [
        '-C',
        join(root, 'upstream'),
        '-c',
        'user.name=a',
        '-c',
        'user.email=a@b',
        ...words,
      ])
    put('upstream/file', 'x\n')
    git('init', '-q', '-b', 'main')
    git('add', '.')
    git('commit', '-qm', 'first')
  }
  if (isInstalled('npm')) {
    put('js/small/package.json', JSON.stringify({ name: 'small', version: '1.0.0', bin: './index.js' }))
    put('js/small/index.js', '#!/usr/bin/env node\nconsole.log("it runs")\n')
    put('js/package.json', JSON.stringify({ name: 'user', version: '1.0.0' }))
    execFileSync('npm', ['pack', '--silent', './small'], { cwd: join(root, 'js') })
    fs.renameSync(join(root, 'js/small-1.0.0.tgz'), join(root, 'js/package.tgz'))
  }
  if (withLarge) {
    fs.writeFileSync(join(root, 'large'), '')
    fs.truncateSync(join(root, 'large'), large)
  }
}

/** Kind, mode and content of everything, but for the state folder. Times are nobody's promise. */
function snapshot(root: string): Record<string, string> {
  const found: Record<string, string> = {}
  const visit = (folder: string): void => {
    for (const { name } of fs.readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? name : `${folder}/${name}`
      if (path === 'workspace') continue
      const stat = fs.lstatSync(join(root, path))
      const mode = (stat.mode & 0o777).toString(8)
      if (stat.isDirectory()) {
        found[path] = `folder ${mode}`
        visit(path)
      } else if (stat.isSymbolicLink()) found[path] = `link ${fs.readlinkSync(join(root, path))}`
      else found[path] = `file ${mode} ${hashOf(join(root, path))}`
    }
  }
  visit('')
  return found
}

function hashOf(file: string): string {
  const digest = createHash('sha256')
  const [descriptor, piece] = [fs.openSync(file, 'r'), Buffer.alloc(1024 * 1024)]
  for (let count = fs.readSync(descriptor, piece); count > 0; count = fs.readSync(descriptor, piece)) {
    digest.update(piece.subarray(0, count))
  }
  fs.closeSync(descriptor)
  return digest.digest('hex')
}
