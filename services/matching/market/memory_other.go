//go:build !linux

package market

import "unsafe"

func advise(unsafe.Pointer, uintptr) {}
