// Package store keeps what daypass must not lose: accounts, users, groups, roles, policies, credentials, identity
// providers and the key sets that seal secrets. It offers records and transactions; what they mean is the business of the
// packages above.
//
// A Store has two verbs. View reads one consistent state of the database. Update changes it, alone: when two updates
// conflict the store runs one of them again, so that a closure reads and decides as if nobody else wrote. Update
// answers when the change is on the disk.
//
// One SQL text serves SQLite and PostgreSQL; what differs between them is in sqlite.go and postgres.go, and the package
// storetest is the contract that both meet. The database never asks the time and never folds a name: instants and
// folded names come from Go.
//
// A text is UTF-8 without U+0000, which PostgreSQL can't keep. To write another, or to list by it, is an error; to look for
// the one row that has it gives ErrNotFound.
//
// # Secrets
//
// Secret access keys and MFA seeds reach the database sealed, each under associated data that names its row and column,
// so that a sealed value copied to another row does not open there:
//
//	sealing key   a Tink key set outside the database: a SealingKey
//	  seals keysets.sealed           one row per purpose: "rest" is this package's, "session tokens" that of session tokens
//	    "rest" seals access_keys.sealed_secret, mfa_devices.sealed_seed and web_identity_keys.sealed_key
//
// A copy of the database without the sealing key opens nothing. Passwords are not sealed: what reaches the database is a slow
// hash, made above.
package store
