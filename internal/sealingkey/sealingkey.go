// Package sealingkey reads where the sealing key of a database is, from one line of a configuration:
//
//	PATH or file:PATH       a file that nobody but its owner can read or write
//	env:NAME                an environment variable
//	command:PROGRAM ARG...  what a program prints; its arguments are what is between blanks, and no shell sees them
//	hcvault://HOST[:PORT]/MOUNT/keys/NAME and aws-kms://ARN
//	                        the database itself, wrapped by a key of a key management service
//
// A variable and a program give what a file would hold, or that in base64.
package sealingkey

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/kms"
	"github.com/daypass/daypass/internal/store"
)

// What a program may take. It may have to ask another machine, or somebody for a passphrase.
const (
	commandTime  = time.Minute
	maxOutput    = 64 << 10 // bytes of a sealing key
	maxComplaint = 2 << 10  // bytes of what a program says when it fails
)

// Parse reads the line. It asks nobody for the key yet.
func Parse(ctx context.Context, text string) (store.SealingKey, error) {
	scheme, rest, found := strings.Cut(text, ":")
	switch {
	case text == "":
		return nil, errors.New("its place is empty")
	case kms.Knows(text):
		key, err := kms.Open(ctx, text)
		return store.SealingKeyKMS{Name: text, Key: key}, err
	case found && rest == "":
		return nil, fmt.Errorf("its place %q has nothing behind the colon", text)
	case scheme == "file":
		return store.SealingKeyFile(rest), nil
	case scheme == "env":
		return store.SealingKeyText{Name: "the environment variable " + rest, Read: fromEnvironment(rest)}, nil
	case scheme == "command":
		return fromCommand(strings.Fields(rest))
	case strings.Contains(text, "://"):
		return nil, fmt.Errorf("its place begins with %s://, which is none of file:, env:, command:, hcvault:// and aws-kms://", scheme)
	}
	return store.SealingKeyFile(text), nil
}

// fromEnvironment reads a variable, and removes it: programs that this one starts must not inherit it.
func fromEnvironment(name string) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) {
		text, ok := os.LookupEnv(name)
		if !ok {
			return nil, errors.New("it is not set")
		}
		return decode([]byte(text)), os.Unsetenv(name)
	}
}

func fromCommand(argv []string) (store.SealingKey, error) {
	if len(argv) == 0 {
		return nil, errors.New("its place is a command without a program")
	}
	read := func(ctx context.Context) ([]byte, error) { return output(ctx, argv) }
	return store.SealingKeyText{Name: "the output of " + argv[0], Read: read}, nil
}

// output runs a program without input. When it fails, what it complains of is a part of the error, and what it prints is not.
func output(ctx context.Context, argv []string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	printed, complaint := &bounded{limit: maxOutput}, &bounded{limit: maxComplaint}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // the operator says which
	cmd.Stdout, cmd.Stderr = printed, complaint
	cmd.WaitDelay = time.Second // for what the program has left behind, with its output in hand
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("it was not there within %v: %w", commandTime, ctx.Err())
	case err != nil:
		return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(complaint.kept.Bytes()))
	case printed.cut:
		return nil, fmt.Errorf("it is longer than %d bytes", maxOutput)
	}
	return decode(printed.kept.Bytes()), nil
}

// bounded keeps the beginning of what is written, and takes all of it.
type bounded struct {
	kept  bytes.Buffer
	limit int
	cut   bool
}

// Write makes it an io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	room := b.limit - b.kept.Len()
	b.cut = b.cut || len(p) > room
	b.kept.Write(p[:min(len(p), room)])
	return len(p), nil
}

// decode takes base64 away. JSON is none.
func decode(text []byte) []byte {
	text = bytes.TrimSpace(text)
	if decoded, err := base64.StdEncoding.DecodeString(string(text)); err == nil {
		return decoded
	}
	return text
}
