package audit

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Config is the part of a configuration file that is about the log.
type Config struct {
	Rotate Rotation `yaml:"rotate"`
}

// configFile is a configuration file: what it has beside the parts that are known is an error.
type configFile struct {
	Gateway any    `yaml:"gateway"` // for package gateway to read
	Extauth any    `yaml:"extauth"` // for package extauth to read
	Audit   Config `yaml:"audit"`
}

// ReadConfig reads a configuration file. A name that it does not know is an error.
func ReadConfig(path string) (Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return Config{}, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	c, err := parseConfig(f)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func parseConfig(r io.Reader) (Config, error) {
	decoder := yaml.NewDecoder(r)
	decoder.KnownFields(true)
	var f configFile
	if err := decoder.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return Config{}, err
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return Config{}, errors.New("there is more than one document")
	}
	switch rotate := f.Audit.Rotate; {
	case rotate.Age < 0:
		return Config{}, errors.New("audit.rotate.age is negative")
	case rotate.Keep < 0:
		return Config{}, errors.New("audit.rotate.keep is negative")
	case rotate.Keep > 0 && rotate.Size == 0 && rotate.Age == 0:
		return Config{}, errors.New("audit.rotate.keep needs size or age, which say when a file ends")
	}
	return f.Audit, nil
}

// Size is a number of bytes. In a configuration file it has a unit: 100KiB, 256MiB, 1GiB.
type Size int64

// UnmarshalYAML reads a size.
func (s *Size) UnmarshalYAML(node *yaml.Node) error {
	for unit, shift := range map[string]uint{"KiB": 10, "MiB": 20, "GiB": 30} {
		digits, ok := strings.CutSuffix(node.Value, unit)
		n, err := strconv.ParseInt(digits, 10, 64)
		if ok && err == nil && n > 0 && n <= math.MaxInt64>>shift {
			*s = Size(n << shift)
			return nil
		}
	}
	return fmt.Errorf("line %d: %q is no size such as 256MiB", node.Line, node.Value)
}
