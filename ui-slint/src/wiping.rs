//! Memory that is given back is emptied first, so that nothing of a patient lies in this
//! process once its pages have let go of it. The binary uses it as its allocator; it is
//! the one place of this crate with `unsafe`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;

/// The system's allocator, with zeros over everything that is freed. What grows is copied
/// and freed like the rest: `realloc` is the trait's own.
pub struct Wiping;

// SAFETY: every block comes from `System` and goes back to it with its own layout; before
// that only bytes of the block are written, which nobody may read any more.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`, which is `System`'s.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as for `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller gives a block of this layout from this allocator, whole and
        // no longer used. Without `black_box` writing to what is freed could be left out.
        unsafe {
            block.write_bytes(0, layout.size());
            System.dealloc(black_box(block), layout);
        }
    }
}
