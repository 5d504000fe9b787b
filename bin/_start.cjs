// Runs what scripts/build.mjs made of a launcher. Whatever happens, a mail server is told "try again".
const { existsSync } = require('node:fs')
const { join } = require('node:path')

module.exports = function start(program) {
  const mailDoor = program === 'mlmmj-receive' || program === 'mlmmj-process'
  const fail = (sentence, exit) => {
    process.stderr.write(`${mailDoor ? '4.3.0 ' : ''}${program}: ${sentence}\n`)
    process.exit(mailDoor ? 75 : exit)
  }
  process.on('uncaughtException', (thrown) => fail(`the program is wrong (${thrown})`, 70))
  const built = join(__dirname, '..', 'dist', `${program}.cjs`)
  if (!existsSync(built)) fail(`${built} is missing: run npm ci in ${join(__dirname, '..')}`, 69)
  require(built)
}
