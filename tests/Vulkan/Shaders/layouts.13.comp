#version 450
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_null_initializer : require
// Blocks with the scalar layout, a uniform block with std430's, and shared memory with an initializer.
layout(local_size_x = 16) in;
struct Piece { float f; vec3 v; uint n; };
layout(scalar, binding = 0) readonly buffer Source { uint first; Piece pieces[]; };
layout(std430, binding = 1) uniform Factors { uint before; uint factor[3]; };
layout(scalar, binding = 2) writeonly buffer Result { vec3 result[]; };
shared uint counts[16] = {};
void main() {
    uint i = gl_LocalInvocationIndex;
    if (i < 8)
        counts[i] = i + 1u;
    barrier();
    Piece p = pieces[i];
    result[i] = p.v * float(factor[i % 3]) + vec3(p.f, float(p.n), float(counts[15u - i]));
}
