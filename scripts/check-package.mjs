/**
 * The package as a user gets it: packed, installed in an empty folder, imported, run and compiled against.
 * Installs from npm's cache where that has what is needed, else from the registry.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './freshness.mjs'

const folder = mkdtempSync(join(tmpdir(), 'cowrite-package-'))
try {
  checkPackage()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function checkPackage() {
  step('packs', root, 'npm', ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder])
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  write('package.json', JSON.stringify({ name: 'reader', private: true, type: 'module' }))
  step('installs', folder, 'npm', [
    ...['install', join(folder, tarball), '--omit=dev', '--prefer-offline'],
    ...['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'],
  ])

  write(
    'imports.mjs',
    `import { openWorkspace } from 'cowrite'\nif (typeof openWorkspace !== 'function') process.exit(1)\n`,
  )
  step('can be imported', folder, 'node', ['imports.mjs'])
  const help = step('runs as npx cowrite', folder, 'npx', ['--no-install', 'cowrite', '--help'])
  if (!help.includes('cowrite')) throw new Error(`npx cowrite --help printed:\n${help}`)

  // Whoever compiles for Node has Node's types; ours are borrowed, so that nothing more is installed.
  symlinkSync(join(root, 'node_modules', '@types'), join(folder, 'types'), 'junction')
  write(
    'compiles.ts',
    `import { openWorkspace } from 'cowrite'\n` +
      `const workspace = await openWorkspace('.')\nexport const root: string = workspace.root\n` +
      `// @ts-expect-error: types that are any would let this pass\nexport const wrong: number = workspace.root\n`,
  )
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  step('compiles under nodenext', folder, 'node', [
    ...[
      compiler,
      'compiles.ts',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--lib',
      'es2023,esnext.disposable',
    ],
    ...['--strict', '--noEmit', '--typeRoots', 'types', '--types', 'node'],
  ])
}

function step(name, cwd, program, args) {
  const began = performance.now()
  const options = {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  }
  const { error, status, stdout, stderr } = spawnSync(program, args, options)
  if (error) throw error
  if (status !== 0) throw new Error(`The package does not hold: ${name}.\n${stdout}${stderr}`)
  console.log(`✓ ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
  return stdout
}

function write(name, text) {
  writeFileSync(join(folder, name), text)
}
