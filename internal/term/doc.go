// Package term is the terminal as a command sees it: its streams, prompts,
// a screen that leaves nothing behind, tables, QR codes, and files for secrets.
//
// It knows nothing of users or factors and imports no other package of the
// project. Three promises hold everywhere in it:
//
//   - Text from elsewhere reaches a terminal only through [Clean], [CleanLines] or
//     [CleanColumns], the one sanitizer there is.
//   - mfactl writes to a terminal and never queries it: no query sequence is sent, so a
//     terminal that does not answer costs no time.
//   - Whatever was changed on the terminal (echo, the alternate screen) is put
//     back on every way out: return, error, panic, signal, suspension.
//
// Nothing is opened or looked up before it is needed. The package keeps no
// state outside its values.
package term
