// Shots takes the pictures of the documents from a running demo: it signs in as each
// role in headless Chromium and photographs the pages named below.
//
//	go run ./.ci/shots -url http://127.0.0.1:8080 -out docs/pictures [-all folder]
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/chromedp"
)

type shot struct {
	name, login, path string
	width, height     int64
	document          bool // kept for the documents; others only with -all
}

var shots = []shot{
	{"dashboard", "district", "/dashboard", 1366, 900, true},
	{"post-list", "school", "/posts?q=数控", 1366, 900, true},
	{"screen", "district", "/screen", 1920, 1080, false},
	{"signin", "", "/signin", 1366, 768, false},
	{"district-home", "district", "/", 1366, 768, false},
	{"school-home", "school", "/", 1366, 768, false},
	{"company-home", "company", "/", 1366, 768, false},
	{"cohorts", "school", "/cohorts", 1366, 768, false},
	{"rounds", "district", "/rounds", 1366, 768, false},
	{"rates", "district", "/rates", 1366, 768, false},
	{"companies", "district", "/companies", 1366, 768, false},
	{"classes", "district", "/order-classes", 1366, 768, false},
	{"import", "district", "/import", 1366, 768, false},
	{"jobs", "operator", "/jobs", 1366, 768, false},
	{"glossary", "school", "/glossary", 1366, 768, false},
	{"phone-posts", "school", "/posts", 390, 844, false},
	{"phone-dashboard", "district", "/dashboard", 390, 844, false},
}

func main() {
	root := flag.String("url", "http://127.0.0.1:8080", "address of the running demo")
	out := flag.String("out", "docs/pictures", "folder for the pictures of the documents")
	all := flag.String("all", "", "folder for every picture; none if empty")
	flag.Parse()
	if err := take(*root, *out, *all); err != nil {
		log.Fatal(err)
	}
}

func take(root, out, all string) error {
	profile, err := os.MkdirTemp("", "shots")
	if err != nil {
		return err
	}
	defer os.RemoveAll(profile) //nolint:errcheck // a temporary folder
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	ctx, stop := chromedp.NewExecAllocator(ctx, chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.UserDataDir(profile))
	defer stop()
	ctx, done := chromedp.NewContext(ctx)
	defer done()
	login := ""
	for _, s := range shots {
		folder := all
		if s.document {
			folder = out
		}
		if folder == "" {
			continue
		}
		if err := os.MkdirAll(folder, 0o750); err != nil {
			return err
		}
		if s.login != login {
			if err := signIn(ctx, root, s.login); err != nil {
				return fmt.Errorf("sign in as %q: %w", s.login, err)
			}
			login = s.login
		}
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(s.width, s.height), chromedp.Navigate(root+s.path), chromedp.Sleep(1200*time.Millisecond)); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, s.name+".png"), picture, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// signIn ends the session there is and, unless login is empty, opens a demo one.
func signIn(ctx context.Context, root, login string) error {
	if err := chromedp.Do(ctx, chromedp.Navigate(root+"/signin"), chromedp.Sleep(300*time.Millisecond)); err != nil {
		return err
	}
	if login == "" {
		return nil
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(() => { const f = document.querySelector('form[action="/signout"]'); if (f) { f.submit(); return true } return false })()`)); err != nil {
		return err
	}
	return chromedp.Do(ctx, chromedp.Sleep(500*time.Millisecond), chromedp.Navigate(root+"/signin"),
		chromedp.SetValue(`input[name="login"]`, login), chromedp.SetValue(`input[name="password"]`, "demo-"+login+"-2026"),
		chromedp.Submit(`input[name="password"]`), chromedp.Sleep(700*time.Millisecond))
}
