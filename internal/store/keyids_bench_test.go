package store_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/store"
)

// someKeys inserts so many keys at once, without their secrets.
var someKeys = map[string]string{
	"SQLite": `with recursive n (i) as (select 1 union all select i + 1 from n where i < %d)
		insert into access_keys (access_key_id, account_id, status, sealed_secret, created_at, generation)
		select printf('AKIA%%016d', i), '1', 'Active', 'sealed', 0, 0 from n`,
	"PostgreSQL": `insert into access_keys (access_key_id, account_id, status, sealed_secret, created_at, generation)
		select 'AKIA' || lpad(i::text, 16, '0'), '1', 'Active', 'sealed', 0, 0 from generate_series(1, %d) i`,
}

// BenchmarkAccessKeyIDs reads the ids of a million keys, as the first flood of unknown ids makes a server do.
func BenchmarkAccessKeyIDs(b *testing.B) {
	const n = 1_000_000
	for name, db := range databases {
		b.Run(name, func(b *testing.B) {
			options := db.options(b)
			s := openFilled(b, options)
			execute(b, db.driver, strings.TrimPrefix(options.URL, db.cut), fmt.Sprintf(someKeys[name], n))
			before := heap()
			var keys *store.Cache[string]
			defer reportCPU(b)()
			for b.Loop() {
				keys = store.NewCache[string](s.Generation).Among(store.NewAccessKeyIDs(s))
				for range 101 { // up to 100 are looked up
					if _, err := look(b.Context(), s, keys, "AKIANOBODY", time.Unix(0, 0)); !errors.Is(err, store.ErrNotFound) {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric((heap()-before)/n, "B/key")
			runtime.KeepAlive(keys)
		})
	}
}

func heap() float64 {
	runtime.GC()
	runtime.GC() // what pools have goes with the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
