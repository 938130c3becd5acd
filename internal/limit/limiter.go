// Package limit says when it is too much: of requests, of failures, of connections, of large bodies. What it knows is in the memory
// of this process, and bounded, whatever arrives.
package limit

import (
	"errors"
	"hash/maphash"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/daypass/daypass/internal/aws"
)

// What those read who send too much. AWS's clients wait and try again.
var (
	errThrottled = aws.Errorf(aws.Throttling, "Rate exceeded")

	errKey     = errThrottled.Because(errors.New("the access key, with the sessions that were asked for with it, has sent too many requests"))
	errAccount = errThrottled.Because(errors.New("the account has sent too many requests"))
	// ErrBlocked refuses a request for what came from its network before. It has no line of its own in the audit log: see Blocks.
	ErrBlocked = errThrottled.Because(errors.New("too many requests from this network were refused"))
)

// Limiter judges requests. It is safe for concurrent use.
type Limiter struct {
	seed           maphash.Seed
	requests, data rates
	failures       *table
	block          time.Duration
	known          [1 << 15]atomic.Uint64 // names of keys that were good in a network; a later one takes the place of an earlier one
	blocks         blocks
}

// rates are those of a kind of service.
type rates struct{ account, key *table }

func newRates(r Requests) rates {
	const slots = 1 << 10
	return rates{newTable(r.Account, 0, slots), newTable(r.Key, 0, slots)}
}

// New returns a Limiter.
func New(c Config) *Limiter {
	c = c.withDefaults()
	return &Limiter{
		seed: maphash.MakeSeed(), requests: newRates(c.Requests), data: newRates(c.Data),
		failures: newTable(c.Failures.Address, c.Failures.Block, 1<<12), block: c.Failures.Block,
	}
}

// Admit judges, before anything is done for a request, where it comes from. It fails with ErrBlocked when too many requests from
// there were refused, unless it names a key that was good there before: who shares a network with an attacker must not suffer
// from that. Which key it names, keyID tells, and is not asked before it matters.
func (l *Limiter) Admit(call *aws.Call, keyID func() string) error {
	source := l.ofSource(call.SourceIP)
	if !l.failures.heldOff(source, call.Now) {
		return nil
	}
	if here := join(source, l.hash(keyID())); l.isKnown(here) && !l.failures.heldOff(here, call.Now) {
		return nil
	}
	l.blocks.count(networkOf(call.SourceIP))
	return ErrBlocked
}

// Refused counts a request that was refused with a status of HTTP, if that was before it was known who sent it, and is not the
// server's fault. The call has the key that the request names.
func (l *Limiter) Refused(call *aws.Call, status int) {
	const serverError = 500
	if call.Caller.Type != 0 || status >= serverError {
		return
	}
	source := l.ofSource(call.SourceIP)
	if here := join(source, l.hash(call.Caller.AccessKeyID)); l.isKnown(here) {
		l.failures.take(here, call.Now)
	}
	if !l.failures.take(source, call.Now) {
		l.blocks.begin(networkOf(call.SourceIP), call.Now, call.Now.Add(l.block))
	}
}

// Take counts a request whose signature is right. It fails when there are too many: of the key's, or of the account's.
func (l *Limiter) Take(call *aws.Call) error {
	c := &call.Caller
	key := l.hash(c.AccessKeyID)
	l.know(join(l.ofSource(call.SourceIP), key))
	if c.Session != nil {
		key = l.hash(c.FirstKeyID())
	}
	kind := &l.data
	if isOwn(call.Service) {
		kind = &l.requests
	}
	service := l.hash(call.Service)
	switch {
	case !kind.key.take(join(service, key), call.Now):
		return errKey
	case !kind.account.take(join(service, l.hash(c.AccountID)), call.Now):
		return errAccount
	}
	return nil
}

// isOwn reports whether daypass itself answers for a service.
func isOwn(service string) bool { return service == "sts" || service == "iam" || service == "daypass" }

func (l *Limiter) hash(name string) uint64 { return maphash.String(l.seed, name) }

// ofSource is the name of the network that an address is of: see networkOf.
func (l *Limiter) ofSource(source netip.Addr) uint64 {
	address := source.As16()
	if source.Is6() {
		return maphash.Bytes(l.seed, address[:8])
	}
	return maphash.Bytes(l.seed, address[:])
}

// join makes a name of two.
func join(a, b uint64) uint64 { return a*31 + b }

func (l *Limiter) slot(name uint64) *atomic.Uint64 { return &l.known[name%uint64(len(l.known))] }

func (l *Limiter) isKnown(name uint64) bool { return l.slot(name).Load() == name }

func (l *Limiter) know(name uint64) {
	if slot := l.slot(name); slot.Load() != name {
		slot.Store(name)
	}
}

// networkOf is where requests come from: an address, or the 64 bits of an IPv6 address that whoever has it chooses the rest of.
func networkOf(source netip.Addr) netip.Prefix {
	bits := source.BitLen()
	if source.Is6() {
		bits = 64
	}
	prefix, _ := source.WithZone("").Prefix(bits) // of no address: the zero Prefix, for all that have none
	return prefix
}
