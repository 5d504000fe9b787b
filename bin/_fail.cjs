// Tells why what scripts/build.mjs made of a launcher cannot run, or died. Whatever happens, a mail
// server is told "try again".
const { existsSync } = require('node:fs')
const { join } = require('node:path')

module.exports = function fail(program, thrown) {
  const mailDoor = program === 'mlmmj-receive' || program === 'mlmmj-process'
  const built = join(__dirname, '..', 'dist', `${program}.cjs`)
  const [sentence, exit] = existsSync(built)
    ? [`the program is wrong (${thrown})`, 70]
    : [`${built} is missing: run npm ci in ${join(__dirname, '..')}`, 69]
  process.stderr.write(`${mailDoor ? '4.3.0 ' : ''}${program}: ${sentence}\n`)
  process.exit(mailDoor ? 75 : exit)
}
