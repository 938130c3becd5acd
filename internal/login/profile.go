package login

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/daypass/daypass/internal/client"
)

// Setting is a line of a profile.
type Setting struct{ Name, Value string }

// Files are the two files that AWS's clients have their profiles in.
type Files struct{ Config, Credentials string }

// UserFiles are those of the user, which the environment may have elsewhere.
func UserFiles() Files {
	f := Files{os.Getenv("AWS_CONFIG_FILE"), os.Getenv("AWS_SHARED_CREDENTIALS_FILE")}
	if f.Config == "" {
		f.Config = config.DefaultSharedConfigFilename()
	}
	if f.Credentials == "" {
		f.Credentials = config.DefaultSharedCredentialsFilename()
	}
	return f
}

// SetConfig and SetCredentials set settings of a profile, and leave everything else in the file as it is. The file is its
// owner's alone, and is replaced whole or not at all. Processes that write at the same time take turns.
func (f Files) SetConfig(ctx context.Context, c *Cache, profile string, settings []Setting) error {
	section := "profile " + profile
	if profile == "default" {
		section = profile
	}
	return setInFile(ctx, c, f.Config, section, settings)
}

// SetCredentials is as SetConfig.
func (f Files) SetCredentials(ctx context.Context, c *Cache, profile string, settings []Setting) error {
	return setInFile(ctx, c, f.Credentials, profile, settings)
}

func setInFile(ctx context.Context, c *Cache, path, section string, settings []Setting) error {
	if len(settings) == 0 {
		return nil
	}
	if err := checkSettings(section, settings); err != nil {
		return client.WithExitCode(err, client.ExitUsage)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil { // some keep the file elsewhere
		path = real
	}
	unlock, err := c.lock(ctx, path, func() {})
	if err != nil {
		return err
	}
	defer unlock()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return replaceFile(path, setInText(text, section, settings), 0o600)
}

// checkSettings refuses what would be read as something else.
func checkSettings(section string, settings []Setting) error {
	if section == "" || section == "profile " || strings.ContainsAny(section, "[]#;") || strings.ContainsFunc(section, isControl) {
		return fmt.Errorf("%q is no name of a profile", strings.TrimPrefix(section, "profile "))
	}
	for _, s := range settings {
		if strings.TrimSpace(s.Value) != s.Value || strings.ContainsFunc(s.Value, isControl) || strings.Contains(s.Value, " #") || strings.Contains(s.Value, " ;") {
			return fmt.Errorf("the value of %s would not be read as it is written", s.Name) // which may be a secret
		}
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

var sectionHeader = regexp.MustCompile(`^\s*\[([^\]]*)\]`)

// setInText replaces the lines of settings in a section, or adds them behind its last line, or adds the section.
func setInText(text []byte, section string, settings []Setting) []byte {
	end := "\n"
	if bytes.Contains(text, []byte("\r\n")) {
		end = "\r\n"
	}
	var lines []string
	if len(text) > 0 {
		lines = strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n"), "\n")
	}
	first, last := findSection(lines, section)
	if first < 0 {
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, "["+section+"]")
		first, last = len(lines), len(lines)
	}
	for _, s := range settings {
		line := s.Name + " = " + s.Value
		if at := findSetting(lines[first:last], s.Name); at >= 0 {
			lines[first+at] = line
			continue
		}
		lines = slices.Insert(lines, last, line)
		last++
	}
	return []byte(strings.Join(lines, end) + end)
}

// findSection is the lines of a section from the first behind its header to the last that is not blank or a comment, or -1.
// If there are several of the name, it is the last, whose settings win.
func findSection(lines []string, section string) (first, last int) {
	first = -1
	inside := false
	for i, line := range lines {
		trimmed := strings.TrimSpace(line)
		header := sectionHeader.FindStringSubmatch(line)
		switch {
		case header != nil:
			inside = isSection(header[1], section)
			if inside {
				first, last = i+1, i+1
			}
		case inside && trimmed != "" && trimmed[0] != '#' && trimmed[0] != ';':
			last = i + 1
		}
	}
	return first, last
}

// isSection knows that the default profile has two headers.
func isSection(header, section string) bool {
	header = strings.Join(strings.Fields(header), " ")
	return header == section || section == "default" && header == "profile default"
}

// findSetting is the index of a setting's line. Lines that begin with a blank belong to the one above.
func findSetting(lines []string, name string) int {
	return slices.IndexFunc(lines, func(line string) bool {
		before, _, ok := strings.Cut(line, "=")
		return ok && strings.EqualFold(strings.TrimRight(before, " \t"), name)
	})
}
