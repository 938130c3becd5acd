package audit_test

import (
	"io"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/sts"
)

type nowhere struct{ io.Writer }

func (nowhere) Close() error { return nil }

// BenchmarkRecord is the line of a GetSessionToken call, and its share of the write but for the disk.
func BenchmarkRecord(b *testing.B) {
	l := audit.New(nowhere{io.Discard})
	e := userEvent()
	e.Action = "GetSessionToken"
	e.Request = &sts.GetSessionTokenInput{DurationSeconds: 3600}
	e.Result = &sts.GetSessionTokenOutput{
		Credentials: sts.Credentials{AccessKeyId: "ASIARZPUZDIKA2222222", Expiration: e.Call.Now.Add(time.Hour)},
		TokenSize:   sts.TokenSize{SessionTokenSize: 300, SessionTokenUtilization: 8},
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := l.Record(e); err != nil {
			b.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}
