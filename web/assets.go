package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// dist holds what web/build.mjs made. On a bare checkout there is only .gitkeep in it.
//
//go:embed all:dist
var dist embed.FS

// own holds what needs no build: the icon, and the style sheets that make a bare
// binary look decent.
//
//go:embed assets/icon.svg assets/plain.css assets/theme.css
var own embed.FS

// asset is one static file under its public, content-addressed path.
type asset struct {
	body, zipped []byte
	kind         string
}

// assets are the static files and the names that pages know them by.
type assets struct {
	files map[string]asset  // public path -> file
	names map[string]string // app.css -> /assets/app-1a2b3c.css
	built bool              // the bundles are there
}

const assetRoot = "/assets/"

// loadAssets reads the embedded files. A missing manifest means a bare checkout:
// then pages get plain.css and theme.css and no script, and still work.
func loadAssets(dist, own fs.FS) (*assets, error) {
	a := &assets{files: map[string]asset{}, names: map[string]string{}}
	for _, name := range []string{"icon.svg", "plain.css", "theme.css"} {
		body, err := fs.ReadFile(own, "assets/"+name)
		if err != nil {
			return nil, fmt.Errorf("own asset: %w", err)
		}
		sum := sha256.Sum256(body)
		ext := path.Ext(name)
		a.add(name, strings.TrimSuffix(name, ext)+"-"+hex.EncodeToString(sum[:4])+ext, body, nil)
	}
	raw, err := fs.ReadFile(dist, "dist/manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return nil, fmt.Errorf("asset manifest: %w", err)
	}
	var manifest map[string]string
	if err := json.Unmarshal(raw, &manifest); err != nil {
		return nil, fmt.Errorf("asset manifest: %w", err)
	}
	for name, file := range manifest {
		body, err := fs.ReadFile(dist, "dist/"+file)
		if err != nil {
			return nil, fmt.Errorf("asset %s: %w; build the assets again", name, err)
		}
		zipped, err := fs.ReadFile(dist, "dist/"+file+".gz")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("asset %s: %w", name, err)
		}
		a.add(name, file, body, zipped)
	}
	legal, err := fs.Glob(dist, "dist/*.LEGAL.txt")
	if err != nil {
		return nil, fmt.Errorf("asset notices: %w", err)
	}
	for _, file := range legal {
		body, err := fs.ReadFile(dist, file)
		if err != nil {
			return nil, fmt.Errorf("asset notices: %w", err)
		}
		a.add(path.Base(file), path.Base(file), body, nil)
	}
	a.built = true
	return a, nil
}

func (a *assets) add(name, file string, body, zipped []byte) {
	kind := mime.TypeByExtension(path.Ext(file))
	switch path.Ext(file) { // a bare machine may lack the table of types
	case ".css":
		kind = "text/css; charset=utf-8"
	case ".js":
		kind = "text/javascript; charset=utf-8"
	case ".svg":
		kind = "image/svg+xml"
	case ".txt":
		kind = "text/plain; charset=utf-8"
	}
	a.files[assetRoot+file] = asset{body: body, zipped: zipped, kind: kind}
	a.names[name] = assetRoot + file
}

// path is the public path of a named asset, empty if it was not built.
func (a *assets) path(name string) string { return a.names[name] }

// styles are the style sheets of every page.
func (a *assets) styles() []string {
	if a.built {
		return []string{a.path("app.css")}
	}
	return []string{a.path("plain.css"), a.path("theme.css")}
}

// scripts are the scripts of a page; none on a bare checkout.
func (a *assets) scripts(charts bool) []string {
	if !a.built {
		return nil
	}
	if charts {
		return []string{a.path("app.js"), a.path("charts.js")}
	}
	return []string{a.path("app.js")}
}

// serve answers one asset. Names carry a digest of the content, so it may be kept forever.
func (a *assets) serve(v *visit) error {
	f, ok := a.files[v.Request.URL.Path]
	if !ok {
		v.Header("Cache-Control", "no-store")
		v.String(http.StatusNotFound, "没有这个文件")
		return nil
	}
	body := f.body
	v.Header("Vary", "Accept-Encoding")
	if f.zipped != nil && strings.Contains(v.GetHeader("Accept-Encoding"), "gzip") {
		v.Header("Content-Encoding", "gzip")
		body = f.zipped
	}
	cache := "public, max-age=31536000, immutable"
	if strings.HasSuffix(v.Request.URL.Path, ".txt") {
		cache = "no-cache" // licence texts keep one address over releases
	}
	v.Header("Cache-Control", cache)
	v.Header("Content-Length", strconv.Itoa(len(body)))
	v.Data(http.StatusOK, f.kind, body)
	return nil
}
