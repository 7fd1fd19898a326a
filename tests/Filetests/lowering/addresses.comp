// test: run
// Buffer device addresses as plain data: a wild one must not be followed here, so the pointers stay unused but for
// arithmetic.
// buffer 0 0 u32: 0x1000 0 0x2000 1
// buffer 0 1 u32: zero*8
#version 450
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_buffer_reference_uvec2 : require
layout(local_size_x = 1) in;
layout(buffer_reference) buffer Node;
layout(buffer_reference, std430, buffer_reference_align = 16) buffer Node { uint value; Node next; uint more[4]; };
layout(std430, binding = 0) readonly buffer I { Node first; uvec2 second; };
layout(std430, binding = 1) buffer O { uvec2 r[]; };
void main() {
    Node a = first;
    Node b = Node(second);
    r[0] = uvec2(a);
    r[1] = uvec2(gl_LocalInvocationID.x == 0u ? b : a);
    if (r.length() == 1000) { a.next.more[r[0].x] = b.value; r[2] = uvec2(a.next); }
}
// expect:
// finished
// buffer 0 0 u32: 4096 0 8192 1
// buffer 0 1 u32: 4096 0 8192 1 0 0 0 0
// end
