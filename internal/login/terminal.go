package login

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/client"
)

// Terminal is where a person is asked, whatever standard input and output are: /dev/tty, or the console of Windows.
type Terminal struct{ in, out *os.File }

// OpenTerminal fails when the process has no terminal.
func OpenTerminal() (*Terminal, error) {
	if runtime.GOOS != "windows" {
		tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		return &Terminal{tty, tty}, nil
	}
	in, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	out, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		_ = in.Close()
		return nil, err
	}
	return &Terminal{in, out}, nil
}

// Close lets go of the terminal.
func (t *Terminal) Close() {
	_ = t.in.Close()
	_ = t.out.Close() // on Unix the same
}

func (t *Terminal) Write(p []byte) (int, error) { return t.out.Write(p) }

// Tell writes a line.
func (t *Terminal) Tell(format string, a ...any) { Tell(t.out, format, a...) }

// Tell writes a line for a person, whatever the words in it are that came from a server.
func Tell(w io.Writer, format string, a ...any) {
	fmt.Fprintln(w, client.Printable(fmt.Sprintf(format, a...))) //nolint:errcheck // who would be told?
}

// Ask reads a line. What is typed is seen.
func (t *Terminal) Ask(ctx context.Context, prompt string) (string, error) {
	return t.ask(ctx, prompt, func() (restore func(), err error) { return func() {}, nil })
}

// AskSecret reads a line that is not seen. The terminal is as it was when this returns, also because the context is done.
func (t *Terminal) AskSecret(ctx context.Context, prompt string) (string, error) {
	return t.ask(ctx, prompt, t.hide)
}

func (t *Terminal) ask(ctx context.Context, prompt string, prepare func() (func(), error)) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	restore, err := prepare()
	if err != nil {
		return "", err
	}
	defer restore()
	fmt.Fprint(t.out, client.Printable(prompt)) //nolint:errcheck // reading fails then as well
	type line struct {
		text string
		err  error
	}
	typed := make(chan line, 1)
	go func() { // it stays when nothing is typed: the process is about to end then
		text, err := readLine(t.in)
		typed <- line{text, err}
	}()
	select {
	case l := <-typed:
		return strings.TrimSpace(l.text), l.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

const maxLine = 4096

// readLine reads no further than the line's end: what follows may be for somebody else.
func readLine(r io.Reader) (string, error) {
	var line []byte
	for next := make([]byte, 1); len(line) < maxLine; {
		n, err := r.Read(next)
		if n == 1 {
			if next[0] == '\n' {
				return string(line), nil
			}
			line = append(line, next[0])
		}
		if err == io.EOF && len(line) > 0 {
			return string(line), nil
		}
		if err == io.EOF {
			return "", io.ErrUnexpectedEOF
		}
		if err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("a line of more than %d bytes", maxLine)
}

// ReadLine is a line of r without the blanks around it.
func ReadLine(r io.Reader) (string, error) {
	line, err := readLine(r)
	return strings.TrimSpace(line), err
}

// WaitUntil waits for an instant of a clock.
func WaitUntil(now func() time.Time) func(context.Context, time.Time) error {
	return func(ctx context.Context, at time.Time) error {
		timer := time.NewTimer(at.Sub(now()))
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
