package password

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestHash(t *testing.T) {
	t.Parallel()
	var h Hasher
	const given = "correct horse battery staple\u00e9"
	stored, err := h.Hash(t.Context(), given)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("stored as %s", stored)
	}
	for candidate, want := range map[string]bool{
		given: true, given + " ": false, strings.ToUpper(given): false, "": false, given[:len(given)-1]: false,
	} {
		if got, err := h.Matches(t.Context(), stored, candidate); err != nil || got != want {
			t.Errorf("Matches %q: %v, %v, want %v", candidate, got, err, want)
		}
	}
	again, err := h.Hash(t.Context(), given)
	if err != nil || again == stored {
		t.Errorf("hashed twice to one text, %v", err)
	}
}

// The reference implementation's own vector for version 1.3, and one with parameters that we do not use.
func TestKnownHashes(t *testing.T) {
	t.Parallel()
	var h Hasher
	for _, stored := range []string{
		"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
	} {
		if ok, err := h.Matches(t.Context(), stored, "password"); !ok || err != nil {
			t.Errorf("%s: %v, %v", stored, ok, err)
		}
		if ok, err := h.Matches(t.Context(), stored, "Password"); ok || err != nil {
			t.Errorf("%s, another password: %v, %v", stored, ok, err)
		}
	}
}

func TestMatchesRefusesWhatIsNoHash(t *testing.T) {
	t.Parallel()
	const salt, tag = "c29tZXNhbHQ", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	var h Hasher
	for name, stored := range map[string]string{
		"empty":                "",
		"the password itself":  "password",
		"another algorithm":    "$argon2i$v=19$m=256,t=2,p=2$" + salt + "$" + tag,
		"an older version":     "$argon2id$v=16$m=256,t=2,p=2$" + salt + "$" + tag,
		"no version":           "$argon2id$m=256,t=2,p=2$" + salt + "$" + tag,
		"no tag":               "$argon2id$v=19$m=256,t=2,p=2$" + salt,
		"an empty tag":         "$argon2id$v=19$m=256,t=2,p=2$" + salt + "$",
		"a short tag":          "$argon2id$v=19$m=256,t=2,p=2$" + salt + "$CTFhFdXP",
		"a short salt":         "$argon2id$v=19$m=256,t=2,p=2$c29t$" + tag,
		"a long salt":          "$argon2id$v=19$m=256,t=2,p=2$" + strings.Repeat("AAAA", 22) + "$" + tag,
		"a long tag":           "$argon2id$v=19$m=256,t=2,p=2$" + salt + "$" + strings.Repeat("AAAA", 22),
		"too much memory":      "$argon2id$v=19$m=262145,t=2,p=2$" + salt + "$" + tag,
		"too little memory":    "$argon2id$v=19$m=15,t=2,p=2$" + salt + "$" + tag,
		"too many passes":      "$argon2id$v=19$m=256,t=17,p=2$" + salt + "$" + tag,
		"no pass":              "$argon2id$v=19$m=256,t=0,p=2$" + salt + "$" + tag,
		"no lane":              "$argon2id$v=19$m=256,t=2,p=0$" + salt + "$" + tag,
		"too many lanes":       "$argon2id$v=19$m=256,t=2,p=17$" + salt + "$" + tag,
		"a number too great":   "$argon2id$v=19$m=256,t=2,p=258$" + salt + "$" + tag,
		"a sign":               "$argon2id$v=19$m=+256,t=2,p=2$" + salt + "$" + tag,
		"a leading zero":       "$argon2id$v=19$m=0256,t=2,p=2$" + salt + "$" + tag,
		"more parameters":      "$argon2id$v=19$m=256,t=2,p=2,x=1$" + salt + "$" + tag,
		"padding":              "$argon2id$v=19$m=256,t=2,p=2$" + salt + "=$" + tag,
		"bits left over":       "$argon2id$v=19$m=256,t=2,p=2$" + salt + "$" + tag[:len(tag)-1] + "d",
		"something in front":   "x$argon2id$v=19$m=256,t=2,p=2$" + salt + "$" + tag,
		"something behind":     "$argon2id$v=19$m=256,t=2,p=2$" + salt + "$" + tag + "$",
		"a line break in base": "$argon2id$v=19$m=256,t=2,p=2$" + salt + "\n$" + tag,
	} {
		if ok, err := h.Matches(t.Context(), stored, "password"); ok || !errors.Is(err, errNotPHC) {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
}

// However many ask, only so many hash at a time; the others wait, and give up in the end.
func TestTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var h Hasher
		var inside, refused atomic.Int64
		for range 3 * maxAtOnce {
			go func() {
				if err := h.enter(t.Context()); err == nil {
					inside.Add(1)
				} else if errors.Is(err, ErrBusy) {
					refused.Add(1)
				}
			}()
		}
		synctest.Wait()
		turns := int64(cap(h.slots))
		if turns < 1 || turns > maxAtOnce || inside.Load() != turns || refused.Load() != 0 {
			t.Fatalf("%d of %d are inside, %d refused", inside.Load(), turns, refused.Load())
		}
		h.leave()
		synctest.Wait()
		if inside.Load() != turns+1 {
			t.Errorf("%d were inside after one left, want %d", inside.Load(), turns+1)
		}
		time.Sleep(patience)
		synctest.Wait()
		if refused.Load() != 3*maxAtOnce-turns-1 {
			t.Errorf("%d were refused in the end, want %d", refused.Load(), 3*maxAtOnce-turns-1)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := h.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
			t.Errorf("Hash for a client that has gone: %v", err)
		}
		for range turns {
			h.leave()
		}
	})
}

// What is read is what is written, and never asks for more than is bounded.
func FuzzParse(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=8,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := parse(text)
		if err != nil {
			return
		}
		if d.String() != text {
			t.Errorf("%q reads as %q", text, d.String())
		}
		if d.memory > maxMemoryKiB || d.passes > maxPasses || d.lanes > maxLanes || d.memory < 8*uint32(d.lanes) || d.passes == 0 || len(d.salt) < minSalt || len(d.tag) < minTag {
			t.Errorf("%q is out of bounds", text)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	var h Hasher
	for b.Loop() {
		if _, err := h.Hash(b.Context(), "correct horse battery staple"); err != nil {
			b.Fatal(err)
		}
	}
}
