// Package aws holds the words that AWS defines and every other package shares: the error catalogue, ARNs, unique
// identifiers and their prefixes, and who is calling. It reads no clock, no file and no network; its one source of
// randomness is crypto/rand.
package aws
