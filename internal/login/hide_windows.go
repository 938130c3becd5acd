package login

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// hide has the console not show what is typed.
func (t *Terminal) hide() (restore func(), err error) {
	console := windows.Handle(t.in.Fd())
	var before uint32
	if err := windows.GetConsoleMode(console, &before); err != nil {
		return nil, err
	}
	hidden := before&^windows.ENABLE_ECHO_INPUT | windows.ENABLE_LINE_INPUT | windows.ENABLE_PROCESSED_INPUT
	if err := windows.SetConsoleMode(console, hidden); err != nil {
		return nil, err
	}
	return func() {
		_ = windows.SetConsoleMode(console, before)
		fmt.Fprintln(t.out) //nolint:errcheck // the line's end that was typed was not seen either
	}, nil
}
