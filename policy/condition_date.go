package policy

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// dates are the values of a Date operator.
type dates struct {
	order  order
	values []instant
}

var errDate = errors.New("not a date")

func compileDates(o order) func([]string, bool) (matcher, error) {
	return func(values []string, _ bool) (matcher, error) {
		all, err := compileEach(values, func(value string) (instant, error) {
			at, ok := parseInstant(value)
			if !ok {
				return at, fmt.Errorf("%w: %s", errDate, quote(value))
			}
			return at, nil
		})
		return dates{o, all}, err
	}
}

func (d dates) match(value string, _ lookup) (matched, understood bool) {
	at, ok := parseInstant(value)
	if !ok {
		return false, false
	}
	for i := range d.values {
		if ordered(at.compare(d.values[i]))&d.order != 0 {
			return true, true
		}
	}
	return false, true
}

// An instant is a time since 1970. Epochs reach further than time.Time does.
type instant struct{ seconds, nanoseconds int64 }

func (i instant) compare(j instant) int {
	return cmp.Or(cmp.Compare(i.seconds, j.seconds), cmp.Compare(i.nanoseconds, j.nanoseconds))
}

// parseInstant reads a date in a form of W3C's note on ISO 8601, with AWS's latitude (aws-iam section 8), or seconds
// since 1970. Four digits are a year: nobody means the first hours of 1970 by them. Without an offset, the time is UTC.
func parseInstant(text string) (instant, bool) {
	if isInteger(text) && len(text) != len("2006") {
		seconds, err := strconv.ParseInt(text, 10, 64)
		return instant{seconds: seconds}, err == nil
	}
	date, clock, at := text, "", strings.IndexAny(text, "Tt")
	if at >= 0 {
		date, clock = text[:at], text[at+1:]
	}
	day, ok := parseDay(date)
	if !ok || clock == "" {
		return instant{seconds: day}, ok
	}
	clock, offset, ok := cutOffset(clock)
	if !ok {
		return instant{}, false
	}
	seconds, nanoseconds, ok := parseClock(clock)
	return instant{day + seconds - offset, nanoseconds}, ok
}

// isInteger says whether text is digits, with a sign or without. strconv would say so too, at the cost of an error.
func isInteger(text string) bool {
	return isDigits(text) || text != "" && (text[0] == '-' || text[0] == '+') && isDigits(text[1:])
}

// parseDay reads 2006, 2006-01 or 2006-01-02, and returns when it begins.
func parseDay(text string) (seconds int64, ok bool) {
	yyyy, rest, hasMonth := strings.Cut(text, "-")
	mm, dd, hasDay := strings.Cut(rest, "-")
	if !hasMonth {
		mm = "1"
	}
	if !hasDay {
		dd = "1"
	}
	year, ok1 := parseField(yyyy, 9, 0, 999_999_999)
	month, ok2 := parseField(mm, 2, 1, 12)
	day, ok3 := parseField(dd, 2, 1, 31)
	date := time.Date(int(year), time.Month(month), int(day), 0, 0, 0, 0, time.UTC)
	return date.Unix(), ok1 && ok2 && ok3 && date.Day() == int(day) // else the month has no such day
}

// cutOffset takes the offset from the end of a time: Z, +01, +01:30 or +0130.
func cutOffset(clock string) (rest string, seconds int64, ok bool) {
	if last := len(clock) - 1; clock[last] == 'Z' || clock[last] == 'z' {
		return clock[:last], 0, true
	}
	at := strings.LastIndexAny(clock, "+-")
	if at < 0 {
		return clock, 0, true
	}
	offset := clock[at+1:]
	if len(offset) == len("01:30") && offset[2] == ':' {
		offset = offset[:2] + offset[3:]
	}
	if len(offset) != len("01") && len(offset) != len("0130") {
		return "", 0, false
	}
	hours, ok1 := parseField(offset[:2], 2, 0, 23)
	minutes, ok2 := int64(0), true
	if len(offset) == len("0130") {
		minutes, ok2 = parseField(offset[2:], 2, 0, 59)
	}
	seconds = hours*3600 + minutes*60
	if clock[at] == '-' {
		seconds = -seconds
	}
	return clock[:at], seconds, ok1 && ok2
}

// parseClock reads nothing, 15, 15:04, 15:04:05 or 15:04:05.999999999.
func parseClock(clock string) (seconds, nanoseconds int64, ok bool) {
	hour, rest, hasMinute := strings.Cut(clock, ":")
	minute, rest, hasSecond := strings.Cut(rest, ":")
	second, fraction, hasFraction := strings.Cut(rest, ".")
	if clock == "" {
		hour = "0"
	}
	if !hasMinute {
		minute = "0"
	}
	if !hasSecond {
		second = "0"
	}
	h, ok1 := parseField(hour, 2, 0, 23)
	m, ok2 := parseField(minute, 2, 0, 59)
	s, ok3 := parseField(second, 2, 0, 59)
	ok4 := true
	if hasFraction {
		nanoseconds, ok4 = parseField(fraction, 9, 0, 999_999_999)
		for range 9 - len(fraction) {
			nanoseconds *= 10
		}
	}
	return h*3600 + m*60 + s, nanoseconds, ok1 && ok2 && ok3 && ok4
}

// parseField reads a number of at most so many digits, from least to most.
func parseField(text string, digits int, least, most int64) (value int64, ok bool) {
	if len(text) > digits || !isDigits(text) {
		return 0, false
	}
	for i := range len(text) {
		value = value*10 + int64(text[i]-'0')
	}
	return value, least <= value && value <= most
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
