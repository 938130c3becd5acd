package limit

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Config is the part of a configuration file that is about limits. What is not set has its default; what shall have no limit is
// off.
type Config struct {
	// Requests are those to STS, IAM and daypass's own service, each service by itself.
	Requests Requests `yaml:"requests"`
	// Data are those to services behind the gateway, and those that proxies ask about, each service by itself.
	Data        Requests    `yaml:"data"`
	Failures    Failures    `yaml:"failures"`
	Connections Connections `yaml:"connections"`
}

// Requests says how many requests with a good signature are answered.
type Requests struct {
	Account Rate `yaml:"account"` // whoever in it sends them
	Key     Rate `yaml:"key"`     // and the sessions that were asked for with it
}

// Failures says how many requests from one network may be refused before it is known who sent them.
type Failures struct {
	Address Rate          `yaml:"address"`
	Block   time.Duration `yaml:"block"` // how long all is refused after that
}

// Connections says how many may be open at the same time.
type Connections struct {
	Total   Count `yaml:"total"`
	Address Count `yaml:"address"` // from one network
}

var defaults = Config{
	Requests:    Requests{Account: Rate{600, time.Second}, Key: Rate{600, time.Second}},
	Data:        Requests{Account: Rate{6000, time.Second}, Key: Rate{6000, time.Second}},
	Failures:    Failures{Address: Rate{300, 5 * time.Minute}, Block: time.Minute},
	Connections: Connections{Total: 8192, Address: 1024},
}

// withDefaults sets what is not set.
func (c Config) withDefaults() Config {
	c.Requests, c.Data = c.Requests.or(defaults.Requests), c.Data.or(defaults.Data)
	c.Failures.Address = c.Failures.Address.or(defaults.Failures.Address)
	if c.Failures.Block == 0 {
		c.Failures.Block = defaults.Failures.Block
	}
	return c
}

func (r Requests) or(others Requests) Requests {
	return Requests{Account: r.Account.or(others.Account), Key: r.Key.or(others.Key)}
}

// Validate refuses what makes no sense.
func (c *Config) Validate() error {
	if block := c.Failures.Block; block != 0 && (block < time.Second || block > MaxPeriod) {
		return errors.New("limits.failures.block must be between 1s and 24h")
	}
	if c.Failures.Address == Off && c.Failures.Block != 0 {
		return errors.New("limits.failures.block is of no use while limits.failures.address is off")
	}
	return nil
}

// Rate is so many within a period, which may come all at once. The zero Rate is one that is not set.
type Rate struct {
	N   int64
	Per time.Duration
}

// Off is the Rate that is none.
var Off = Rate{N: math.MaxInt64}

const maxRate = 1_000_000_000

// MaxPeriod is the longest period of a Rate, and the longest block.
const MaxPeriod = 24 * time.Hour

func (r Rate) or(other Rate) Rate {
	if r == (Rate{}) {
		return other
	}
	return r
}

func (r Rate) String() string {
	if r == Off {
		return off
	}
	return fmt.Sprintf("%d/%s", r.N, r.Per)
}

const off = "off"

// UnmarshalYAML reads a rate: 600/s, 300/5m, off.
func (r *Rate) UnmarshalYAML(node *yaml.Node) error {
	if node.Value == off {
		*r = Off
		return nil
	}
	number, period, ok := strings.Cut(node.Value, "/")
	n, err := strconv.ParseInt(number, 10, 64)
	if strings.IndexAny(period, "smh") == 0 {
		period = "1" + period
	}
	per, perErr := time.ParseDuration(period)
	if !ok || err != nil || perErr != nil || n < 1 || n > maxRate || per < time.Second || per > MaxPeriod {
		return fmt.Errorf("line %d: %q is no rate such as 600/s or 300/5m, and not off", node.Line, node.Value)
	}
	*r = Rate{n, per}
	return nil
}

// Count is how many there may be. The zero Count is one that is not set.
type Count int

// Unlimited is the Count that is none.
const Unlimited Count = math.MaxInt

// UnmarshalYAML reads a number, or off.
func (c *Count) UnmarshalYAML(node *yaml.Node) error {
	if node.Value == off {
		*c = Unlimited
		return nil
	}
	n, err := strconv.Atoi(node.Value)
	if err != nil || n < 1 {
		return fmt.Errorf("line %d: %q is no number from 1 on, and not off", node.Line, node.Value)
	}
	*c = Count(n)
	return nil
}

func (c Count) or(other Count) Count {
	if c == 0 {
		return other
	}
	return c
}
