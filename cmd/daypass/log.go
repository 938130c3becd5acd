package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/pflag"
)

// logFlags are the settings of the server's log on standard error.
type logFlags struct{ format, level string }

func (f *logFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.format, "log-format", "text", "form of the log on standard error: text or json")
	flags.StringVar(&f.level, "log-level", "info", "least level that is logged: info, warn or error")
}

var logLevels = map[string]slog.Level{"info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

func (f *logFlags) logger(w io.Writer) (*slog.Logger, error) {
	level, ok := logLevels[f.level]
	if !ok {
		return nil, fmt.Errorf("the log level %q is none of info, warn and error", f.level)
	}
	options := &slog.HandlerOptions{Level: level}
	switch f.format {
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return nil, fmt.Errorf("the log format %q is neither text nor json", f.format)
}
