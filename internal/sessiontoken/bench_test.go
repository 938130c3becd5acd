package sessiontoken_test

import "testing"

func BenchmarkSeal(b *testing.B) {
	ring := ringOf(b, newHandle(b))
	claims := mfaClaims()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ring.Seal(claims, 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	ring := ringOf(b, newHandle(b))
	token, err := ring.Seal(mfaClaims(), 0)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ring.Open(token); err != nil {
			b.Fatal(err)
		}
	}
}
