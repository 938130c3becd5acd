package audit

import (
	"strings"
	"testing"
	"time"
)

func TestParseConfig(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       Config
		fault      string // in the error
	}{
		{"nothing", "", Config{}, ""},
		{"others' parts", "gateway: {upstreams: {}}\nextauth: {http: \":1\"}\n", Config{}, ""},
		{"rotation", "audit: {rotate: {size: 256MiB, age: 24h, keep: 30}}", Config{Rotate: Rotation{256 << 20, 24 * time.Hour, 30}}, ""},
		{"size in KiB", "audit: {rotate: {size: 1KiB}}", Config{Rotate: Rotation{Size: 1024}}, ""},
		{"size in GiB", "audit: {rotate: {size: 2GiB}}", Config{Rotate: Rotation{Size: 2 << 30}}, ""},
		{"size without a unit", "audit: {rotate: {size: 1000}}", Config{}, "no size"},
		{"size of nothing", "audit: {rotate: {size: 0MiB}}", Config{}, "no size"},
		{"negative size", "audit: {rotate: {size: -1MiB}}", Config{}, "no size"},
		{"size that overflows", "audit: {rotate: {size: 9000000000GiB}}", Config{}, "no size"},
		{"size that is a list", "audit: {rotate: {size: [1MiB]}}", Config{}, "no size"},
		{"negative age", "audit: {rotate: {age: -1h}}", Config{}, "age is negative"},
		{"negative number", "audit: {rotate: {size: 1MiB, keep: -1}}", Config{}, "keep is negative"},
		{"number without a rotation", "audit: {rotate: {keep: 1}}", Config{}, "needs size or age"},
		{"slip", "audit: {rotation: {}}", Config{}, "rotation not found"},
		{"two documents", "audit: {}\n---\naudit: {}\n", Config{}, "more than one document"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseConfig(strings.NewReader(test.text))
			if test.fault == "" && (err != nil || got != test.want) {
				t.Errorf("%+v, %v", got, err)
			}
			if test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)) {
				t.Errorf("%v, want %q", err, test.fault)
			}
		})
	}
}
