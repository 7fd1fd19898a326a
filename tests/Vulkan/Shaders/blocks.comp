#version 450
// Compressed blocks (BC1) of one row, stored as their bits: red; and in every other one red and black by turns.
layout(local_size_x = 8) in;
layout(rg32ui, binding = 0) uniform writeonly uimage2D target;
void main() {
    ivec2 p = ivec2(gl_GlobalInvocationID.xy);
    imageStore(target, p, uvec4(0x0000F800u, (p.x & 1) * 0x11111111u, 0u, 0u));
}
