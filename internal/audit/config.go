package audit

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Config is the part of a configuration file that is about the log.
type Config struct {
	Rotate Rotation `yaml:"rotate"`
}

// Validate refuses what makes no sense.
func (c *Config) Validate() error {
	switch rotate := c.Rotate; {
	case rotate.Age < 0:
		return errors.New("audit.rotate.age is negative")
	case rotate.Keep < 0:
		return errors.New("audit.rotate.keep is negative")
	case rotate.Keep > 0 && rotate.Size == 0 && rotate.Age == 0:
		return errors.New("audit.rotate.keep needs size or age, which say when a file ends")
	}
	return nil
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
