// Package engine is [mfa.Service] over a store. It composes three parts and holds no rule of
// its own:
//
//   - signin: signing in, and what users do with their own accounts, and verify
//   - admin: what administrators do, with the rules between two persons
//   - direct: what works only on a store that was opened directly
//
// Each part imports the ones before it and never one after it. All of them perform acts
// through package act, which authorizes, records and answers retries.
//
// It must never keep state of its own: two engines over one store behave as one. Only
// engine.go, which makes the records of a store, and the examination of every record may name
// a raw store.
package engine
