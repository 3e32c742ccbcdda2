package main

import (
	"bufio"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

// service is what these tests read of a service in docker-compose.yml.
type service struct {
	Image       string            `yaml:"image"`
	Build       any               `yaml:"build"`
	Restart     string            `yaml:"restart"`
	Environment map[string]string `yaml:"environment"`
	Ports       []string          `yaml:"ports"`
	Volumes     []string          `yaml:"volumes"`
	Networks    []string          `yaml:"networks"`
	Secrets     []string          `yaml:"secrets"`
	Configs     []struct {
		Source string `yaml:"source"`
	} `yaml:"configs"`
	SecurityOpt []string `yaml:"security_opt"`
	ReadOnly    bool     `yaml:"read_only"`
	CapDrop     []string `yaml:"cap_drop"`
	MemLimit    string   `yaml:"mem_limit"`
	Grace       string   `yaml:"stop_grace_period"`
	DependsOn   map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
	Healthcheck struct {
		Test []string `yaml:"test"`
	} `yaml:"healthcheck"`
}

type composeFile struct {
	Services map[string]service `yaml:"services"`
	Volumes  map[string]any     `yaml:"volumes"`
	Networks map[string]struct {
		Internal bool `yaml:"internal"`
	} `yaml:"networks"`
	Configs map[string]struct {
		File string `yaml:"file"`
	} `yaml:"configs"`
	Secrets map[string]struct {
		File string `yaml:"file"`
	} `yaml:"secrets"`
}

func readCompose(t *testing.T) composeFile {
	t.Helper()
	body, err := os.ReadFile("docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var c composeFile
	if err := yaml.Unmarshal(body, &c); err != nil {
		t.Fatalf("docker-compose.yml: %s", yaml.FormatError(err, false, true))
	}
	return c
}

// settings are the SUNMAO_* variables of config.go.
func settings(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile("config.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range regexp.MustCompile(`env:"(SUNMAO_[A-Z_]+)"`).FindAllStringSubmatch(string(source), -1) {
		names = append(names, m[1])
	}
	return names
}

// pinned is an image with a version of at least two numbers, so that the same file
// starts the same programs next year.
var pinned = regexp.MustCompile(`^[a-z./-]+:\d+\.\d+(\.\d+)?(-[a-z0-9.-]+)?$`)

func TestCompose_EveryService(t *testing.T) {
	c := readCompose(t)
	if want := []string{"app1", "app2", "mongo-init", "mongo1", "mongo2", "mongo3", "proxy"}; !slices.Equal(slices.Sorted(maps.Keys(c.Services)), want) {
		t.Fatalf("services are %v, want %v", slices.Sorted(maps.Keys(c.Services)), want)
	}
	for name, s := range c.Services {
		once := name == "mongo-init" // ends when its work is done
		switch {
		case once && (!strings.HasPrefix(s.Restart, "on-failure") || s.Healthcheck.Test != nil):
			t.Errorf("%s: restart %q; want on-failure, and no health of what has ended", name, s.Restart)
		case !once && s.Restart != "unless-stopped":
			t.Errorf("%s: restart %q, want unless-stopped", name, s.Restart)
		case !once && (len(s.Healthcheck.Test) < 2 || s.Healthcheck.Test[0] != "CMD"):
			t.Errorf("%s: no health check: %v", name, s.Healthcheck.Test)
		case !once && s.MemLimit == "":
			t.Errorf("%s: no memory limit", name)
		}
		if s.Build == nil && !pinned.MatchString(s.Image) {
			t.Errorf("%s: image %q is not pinned", name, s.Image)
		}
		if (len(s.Ports) > 0) != (name == "proxy") {
			t.Errorf("%s: ports %v; only the proxy has some", name, s.Ports)
		}
		if !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s: may gain privileges", name)
		}
		for _, v := range s.Volumes {
			if volume, _, _ := strings.Cut(v, ":"); c.Volumes[volume] == nil {
				t.Errorf("%s: volume %s is not declared", name, v)
			}
		}
		for _, x := range s.Secrets {
			if !strings.HasPrefix(c.Secrets[x].File, "./deploy/secrets/") {
				t.Errorf("%s: secret %s is in %q", name, x, c.Secrets[x].File)
			}
		}
		for _, x := range s.Configs {
			if _, err := os.Stat(c.Configs[x.Source].File); err != nil {
				t.Errorf("%s: config %s: %v", name, x.Source, err)
			}
		}
		for _, n := range s.Networks {
			if _, ok := c.Networks[n]; !ok {
				t.Errorf("%s: network %s is not declared", name, n)
			}
		}
	}
}

// TestCompose_Order: members healthy, then the set made, then the nodes, then the proxy;
// volumes of their own; databases out of reach from outside.
func TestCompose_Order(t *testing.T) {
	c := readCompose(t)
	for name, want := range map[string]map[string]string{
		"mongo-init": {"mongo1": "service_healthy", "mongo2": "service_healthy", "mongo3": "service_healthy"},
		"app1":       {"mongo-init": "service_completed_successfully"},
		"app2":       {"mongo-init": "service_completed_successfully"},
		"proxy":      {"app1": "service_healthy", "app2": "service_healthy"},
	} {
		got := map[string]string{}
		for on, d := range c.Services[name].DependsOn {
			got[on] = d.Condition
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s depends on %v, want %v", name, got, want)
		}
	}
	if !c.Networks["data"].Internal {
		t.Error("the databases' network is not internal")
	}
	used := map[string]string{}
	for name, s := range c.Services {
		if strings.HasPrefix(name, "mongo") && !slices.Equal(s.Networks, []string{"data"}) {
			t.Errorf("%s is on %v", name, s.Networks)
		}
		for _, v := range s.Volumes {
			if other, taken := used[v]; taken {
				t.Errorf("%s and %s share the volume %s", name, other, v)
			}
			used[v] = name
		}
	}
}

// TestCompose_Nodes: settings that exist, the same on both nodes, secrets not in the file,
// and time to stop gracefully.
func TestCompose_Nodes(t *testing.T) {
	c := readCompose(t)
	known := settings(t)
	for _, name := range []string{"app1", "app2"} {
		s := c.Services[name]
		for k := range s.Environment {
			if strings.HasPrefix(k, "SUNMAO_") && !slices.Contains(known, k) {
				t.Errorf("%s: %s is no setting of config.go", name, k)
			}
		}
		if !maps.Equal(s.Environment, c.Services["app1"].Environment) {
			t.Errorf("%s has other settings than app1", name)
		}
		if !strings.HasPrefix(s.Environment["SUNMAO_STORE"], "mongodb://") || strings.Count(s.Environment["SUNMAO_STORE"], ":27017") != 3 || !strings.Contains(s.Environment["SUNMAO_STORE"], "replicaSet=rs0") {
			t.Errorf("%s: store is %q", name, s.Environment["SUNMAO_STORE"])
		}
		if s.Environment["SUNMAO_PROXIED"] != "true" || !strings.HasPrefix(s.Environment["SUNMAO_KEY"], "${SUNMAO_KEY:?") || !strings.Contains(s.Environment["SUNMAO_STORE"], "${MONGO_APP_PASSWORD:?") {
			t.Errorf("%s: %v", name, s.Environment)
		}
		if !slices.Equal(s.Healthcheck.Test, []string{"CMD", "/sunmao", "health"}) || !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) {
			t.Errorf("%s: health %v, read only %v, capabilities dropped %v", name, s.Healthcheck.Test, s.ReadOnly, s.CapDrop)
		}
		if d, err := time.ParseDuration(s.Grace); err != nil || d < 2*graceful {
			t.Errorf("%s: stop_grace_period %q, want at least twice %v", name, s.Grace, graceful)
		}
	}
}

// lines are the lines of a file without comments and blank ones, those that end in a
// backslash joined.
func lines(t *testing.T, name string) []string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	var all []string
	joined := ""
	s := bufio.NewScanner(f)
	for s.Scan() {
		text := strings.TrimSpace(s.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if part, more := strings.CutSuffix(text, "\\"); more {
			joined += part
			continue
		}
		all = append(all, joined+text)
		joined = ""
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestDockerfile(t *testing.T) {
	known := settings(t)
	var from, final []string
	built := false
	for _, l := range lines(t, "Dockerfile") {
		if image, ok := strings.CutPrefix(l, "FROM "); ok {
			image, _, _ = strings.Cut(image, " ")
			from, final = append(from, image), nil
		}
		final = append(final, l)
		built = built || strings.Contains(l, "go build -trimpath")
		for _, v := range regexp.MustCompile(`SUNMAO_[A-Z_]+`).FindAllString(l, -1) {
			if !slices.Contains(known, v) {
				t.Errorf("%s is no setting of config.go", v)
			}
		}
	}
	for _, image := range from[:len(from)-1] {
		if !pinned.MatchString(image) {
			t.Errorf("image %s is not pinned", image)
		}
	}
	if from[len(from)-1] != "scratch" || !built {
		t.Errorf("images %v, built with -trimpath: %v; the last must be empty: no shell", from, built)
	}
	for _, want := range []string{"USER 65532:65532", `HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/sunmao", "health"]`,
		`ENTRYPOINT ["/sunmao"]`, `CMD ["serve"]`, "VOLUME /data"} {
		if !slices.Contains(final, want) {
			t.Errorf("the final image lacks %s", want)
		}
	}
	body, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	need := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(string(body))
	if need == nil || !slices.ContainsFunc(from, func(i string) bool { return strings.HasPrefix(i, "golang:"+need[1]+".") }) {
		t.Errorf("go.mod wants Go %v, the images are %v", need, from)
	}
}

func TestUnit(t *testing.T) {
	known := settings(t)
	set := map[string][]string{}
	for _, l := range lines(t, "deploy/sunmao.service") {
		if k, v, ok := strings.Cut(l, "="); ok {
			set[k] = append(set[k], v)
		}
	}
	for k, want := range map[string]string{"ExecStart": "/usr/local/bin/sunmao serve", "DynamicUser": "yes", "StateDirectory": "sunmao", "ProtectSystem": "strict",
		"ProtectHome": "yes", "PrivateTmp": "yes", "NoNewPrivileges": "yes", "MemoryDenyWriteExecute": "yes", "CapabilityBoundingSet": "", "UMask": "0077",
		"KillSignal": "SIGTERM", "Restart": "on-failure", "SystemCallArchitectures": "native", "MemoryMax": "2G"} {
		if !slices.Equal(set[k], []string{want}) {
			t.Errorf("%s is %q, want %q", k, set[k], want)
		}
	}
	if d, err := time.ParseDuration(strings.Join(set["TimeoutStopSec"], "")); err != nil || d < 2*graceful {
		t.Errorf("TimeoutStopSec is %v, want at least twice %v", set["TimeoutStopSec"], graceful)
	}
	for _, v := range regexp.MustCompile(`SUNMAO_[A-Z_]+`).FindAllString(strings.Join(set["Environment"], " "), -1) {
		if !slices.Contains(known, v) {
			t.Errorf("%s is no setting of config.go", v)
		}
	}
}
