package policy

import (
	"testing"
	"time"
)

func TestParseInstant(t *testing.T) {
	t.Parallel()
	at := func(text string) instant {
		parsed, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return instant{parsed.Unix(), int64(parsed.Nanosecond())}
	}
	for text, want := range map[string]instant{
		// the forms of W3C
		"2016":                                at("2016-01-01T00:00:00Z"),
		"2016-12":                             at("2016-12-01T00:00:00Z"),
		"2016-12-13":                          at("2016-12-13T00:00:00Z"),
		"2016-12-13T21:20Z":                   at("2016-12-13T21:20:00Z"),
		"2016-12-13T21:20:37Z":                at("2016-12-13T21:20:37Z"),
		"2016-12-13T21:20:37.593194Z":         at("2016-12-13T21:20:37.593194Z"),
		"2016-12-13T21:20:37.593194+00:00":    at("2016-12-13T21:20:37.593194Z"),
		"2016-12-13T21:20:37.45-01:30":        at("2016-12-13T22:50:37.45Z"),
		"2016-12-13T21:20:37.123456789+23:59": at("2016-12-12T21:21:37.123456789Z"),
		"2024-02-29":                          at("2024-02-29T00:00:00Z"),
		"1969-12-31T23:59:59.5Z":              {-1, 500_000_000},

		// what AWS takes besides (aws-iam section 8)
		"01T":                            at("0001-01-01T00:00:00Z"),
		"2016-12-13t2:00:00.593194+23":   at("2016-12-12T03:00:00.593194Z"),
		"2016-12-13T21:20:37z":           at("2016-12-13T21:20:37Z"),
		"2016-12-13T":                    at("2016-12-13T00:00:00Z"),
		"2016-12-13TZ":                   at("2016-12-13T00:00:00Z"),
		"2016-12-13T21":                  at("2016-12-13T21:00:00Z"),
		"2016-12-13T21:20":               at("2016-12-13T21:20:00Z"),
		"2016-12-13T21:20:37":            at("2016-12-13T21:20:37Z"),
		"2016-12-13T21:20:37+0130":       at("2016-12-13T19:50:37Z"),
		"2016-1-3T1:2:3Z":                at("2016-01-03T01:02:03Z"),
		"999999999-12-31T23:59:59+00:00": {31556889832780799, 0},
		"0":                              {0, 0},
		"1479168000":                     at("2016-11-15T00:00:00Z"),
		"-292275054":                     {-292275054, 0},
		"+5":                             {5, 0},
		"9223372036854775807":            {9223372036854775807, 0},
		"-9223372036854775808":           {-9223372036854775808, 0},
		"20160":                          {20160, 0},
	} {
		got, ok := parseInstant(text)
		if !ok || got != want {
			t.Errorf("%q: got %v %t, want %v", text, got, ok, want)
		}
	}
}

func TestParseInstantRefusals(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "sdfdsf", "T", "T12:00", "Z", "-", "+", "--5", "1.5", " 1479168000", "9223372036854775808", "-9223372036854775809",
		"234-13", "2016-00", "2016-13-01", "2016-12-32", "2016-02-30", "2023-02-29", "2016-12-00", "2016-12-13-01",
		"2016-", "2016-12-", "2016-123", "2016-W01", "-2016-12-13", "20160000000-01", "1000000000-01-01",
		"2016-12-13 21:20:37", "2016-12-13T24:00:00Z", "2016-12-13T21:60Z", "2016-12-13T21:20:60Z", "2016-12-13T:20Z",
		"2016-12-13T21:20:37:01", "2016-12-13T21:20:", "2016-12-13T21:20:37.", "2016-12-13T21.5", "2016-12-13T21:20.5",
		"2016-12-13t2:00:00.593194+1", "2016-12-13t2:00:00.1999999999+10:59", "2016-12-13T21:20:37+24",
		"2016-12-13T21:20:37+01:60", "2016-12-13T21:20:37+1:30", "2016-12-13T21:20:37+0:130", "2016-12-13T21:20:37+01:3",
		"2016-12-13T21:20:37+01:30Z", "2016-12-13T21:20:37ZZ", "2016-12-13T21:20:37+", "2016-12-13Z", "2016-12-13+01:00",
		"２０１６", "2016-12-1３",
	} {
		if got, ok := parseInstant(text); ok {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestDateConditions(t *testing.T) {
	t.Parallel()
	const noon = "2026-11-22T12:00:00Z"
	testConditions(t, []conditionTest{
		{"DateEquals", noon, noon, yes},
		{"DateEquals", noon, "2026-11-22T13:00:00+01:00", yes},
		{"DateEquals", noon, "1795348800", yes},
		{"DateEquals", "1795348800", noon, yes},
		{"DateEquals", noon, "2026-11-22T12:00:00.000000001Z", no},
		{"DateNotEquals", noon, "1795348800", no},
		{"DateNotEquals", noon, "1795348801", yes},
		{"DateLessThan", noon, "2026-11-22T11:59:59.999999999Z", yes},
		{"DateLessThan", noon, noon, no},
		{"DateLessThanEquals", noon, noon, yes},
		{"DateLessThanEquals", noon, "2026-11-22T12:00:01Z", no},
		{"DateGreaterThan", noon, "2026-11-22T12:00:01Z", yes},
		{"DateGreaterThan", noon, noon, no},
		{"DateGreaterThan", "-292275054", noon, yes},
		{"DateGreaterThan", "01T", noon, yes},
		{"DateGreaterThan", "2026", noon, yes},
		{"DateGreaterThanEquals", noon, noon, yes},
		{"DateGreaterThanEquals", noon, "2026-11-22", no},
		{"DateLessThan", noon, "soon", doubt},
		{"DateNotEquals", noon, "soon", doubt},
		{"DateGreaterThan", "", noon, no},
	})
}
