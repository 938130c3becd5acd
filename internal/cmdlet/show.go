package cmdlet

import (
	"encoding/json"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Credentials is the object that the cmdlet returns.
type Credentials struct {
	AccessKeyId     string // AWS's spelling
	Expiration      time.Time
	SecretAccessKey string
	SessionToken    string
}

// Formatter writes objects, each as soon as there is one.
type Formatter struct {
	w      io.Writer
	json   bool
	width  int
	widths []int // of the table's columns, once it has a head
}

// NewFormatter is a formatter of the arguments' OutputFormat. A console with width columns gets the table as Format-Table
// writes it: columns of equal width, and what is longer cut. With width 0 there is none: nothing is cut, and nothing is
// written but the head and the rows.
func NewFormatter(w io.Writer, a Arguments, width int) *Formatter {
	return &Formatter{w: w, json: strings.EqualFold(a["OutputFormat"], "json"), width: width}
}

// Write writes one object.
func (f *Formatter) Write(c Credentials) error {
	if f.json {
		c.Expiration = c.Expiration.UTC()
		return json.NewEncoder(f.w).Encode(c) //nolint:gosec // G117: the session is what was asked for
	}
	// As the documentation has it: the culture en-US, and local time.
	row := []string{c.AccessKeyId, c.Expiration.Local().Format("1/2/2006 3:04:05 PM"), c.SecretAccessKey, c.SessionToken}
	text := ""
	if f.widths == nil {
		text = f.head(row)
	}
	_, err := io.WriteString(f.w, text+f.line(row))
	return err
}

// Close writes what is below a table.
func (f *Formatter) Close() error {
	if f.widths == nil || f.width == 0 {
		return nil
	}
	_, err := io.WriteString(f.w, "\n")
	return err
}

// head lays the columns out, for the console or else for the first row.
func (f *Formatter) head(first []string) string {
	names := []string{"AccessKeyId", "Expiration", "SecretAccessKey", "SessionToken"}
	dashes := make([]string, len(names))
	f.widths = make([]int, len(names))
	above := ""
	for i, name := range names {
		f.widths[i] = max(len(name), utf8.RuneCountInString(first[i]))
	}
	if f.width > 0 {
		above = "\n"
		f.share()
	}
	for i, name := range names {
		dashes[i] = strings.Repeat("-", min(len(name), f.widths[i]))
	}
	return above + f.line(names) + f.line(dashes)
}

// share divides the console among the columns. The last place of a line stays empty, as in PowerShell, lest the console
// begin a new line by itself.
func (f *Formatter) share() {
	columns := len(f.widths)
	left := max(f.width-1-(columns-1), columns)
	for i := range f.widths {
		f.widths[i] = (left + columns - 1 - i) / columns
	}
}

func (f *Formatter) line(cells []string) string {
	var line strings.Builder
	for i, cell := range cells {
		if f.width > 0 {
			cell = cut(cell, f.widths[i])
		}
		line.WriteString(cell)
		if i < len(cells)-1 {
			line.WriteString(strings.Repeat(" ", max(f.widths[i]-utf8.RuneCountInString(cell), 0)+1))
		}
	}
	return line.String() + "\n"
}

// cut shortens a cell, with dots in the place of what is missing if there is room for them.
func cut(cell string, width int) string {
	const dots = "..."
	runes := []rune(cell)
	switch {
	case len(runes) <= width:
		return cell
	case width <= len(dots):
		return string(runes[:width])
	}
	return string(runes[:width-len(dots)]) + dots
}
