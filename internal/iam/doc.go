// Package iam does what AWS Identity and Access Management does, one file per action. It sees Go values only: who calls
// and whether the call is allowed is settled before, and how the answer looks on the wire after. Each input says next to
// its members which resource the call is authorised on.
//
// Every lookup is within the caller's account: what belongs to another account does not exist for the caller.
package iam
