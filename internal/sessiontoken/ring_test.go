package sessiontoken_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"

	"github.com/daypass/daypass/internal/sessiontoken"
)

func TestAnotherRing(t *testing.T) {
	t.Parallel()
	handle := newHandle(t)
	token := seal(t, ringOf(t, handle), userClaims(), 0)
	wantClaims(t, ringOf(t, handle), token, userClaims()) // another node's ring of the same keys
	wantNotGenuine(t, ringOf(t, newHandle(t)), "another ring's", token)
}

// rotated returns the key set with a second key, which is its primary from now on.
func rotated(t *testing.T, handle *keyset.Handle) *keyset.Handle {
	t.Helper()
	return managed(t, handle, func(m *keyset.Manager) error {
		id, err := m.Add(aead.XChaCha20Poly1305KeyTemplate())
		if err != nil {
			return err
		}
		return m.SetPrimary(id)
	})
}

func managed(t *testing.T, handle *keyset.Handle, change func(*keyset.Manager) error) *keyset.Handle {
	t.Helper()
	manager := keyset.NewManagerFromHandle(handle)
	if err := change(manager); err != nil {
		t.Fatal(err)
	}
	changed, err := manager.Handle()
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func TestRotation(t *testing.T) {
	t.Parallel()
	oldKeys := newHandle(t)
	bothKeys := rotated(t, oldKeys)
	oldID := oldKeys.KeysetInfo().GetPrimaryKeyId()
	newKeys := managed(t, bothKeys, func(m *keyset.Manager) error { return m.Delete(oldID) })
	disabled := managed(t, bothKeys, func(m *keyset.Manager) error { return m.Disable(oldID) })
	oldRing, bothRing, newRing, disabledRing := ringOf(t, oldKeys), ringOf(t, bothKeys), ringOf(t, newKeys), ringOf(t, disabled)

	before, after := seal(t, oldRing, userClaims(), 0), seal(t, bothRing, mfaClaims(), 0)
	wantClaims(t, bothRing, before, userClaims())
	wantClaims(t, bothRing, after, mfaClaims())
	wantClaims(t, newRing, after, mfaClaims()) // so the new key has sealed it
	wantNotGenuine(t, oldRing, "of a key that the ring has not got yet", after)
	wantNotGenuine(t, newRing, "of a key that is gone", before)
	wantNotGenuine(t, disabledRing, "of a key that is disabled", before)
}

func TestNewRingRefuses(t *testing.T) {
	t.Parallel()
	handle, err := keyset.NewHandle(mac.HMACSHA256Tag256KeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sessiontoken.NewRing(handle); err == nil {
		t.Error("a ring of keys that can't seal")
	}
	if _, err := sessiontoken.NewRing(nil); err == nil {
		t.Error("a ring of no keys")
	}
}

// One ring serves all requests.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	ring := ringOf(t, newHandle(t))
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			want := userClaims()
			if i%2 == 0 {
				want = rootClaims()
			}
			for n := range 50 {
				token, err := ring.Seal(want, n*40)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := ring.Open(token); err != nil || !cmp.Equal(got, want) {
					t.Errorf("Open = %+v, %v", got, err)
				}
			}
		})
	}
	group.Wait()
}
