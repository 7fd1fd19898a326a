#version 450
layout(local_size_x = 8, local_size_y = 8) in;
layout(push_constant) uniform P { int width, height; float k; } p;
layout(std430, binding = 0) readonly buffer S { float src[]; };
layout(std430, binding = 1) writeonly buffer D { float dst[]; };
void main() {
    ivec2 at = ivec2(gl_GlobalInvocationID.xy);
    if (at.x >= p.width || at.y >= p.height)
        return;
    int i = at.y * p.width + at.x;
    float c = src[i];
    float w = at.x > 0 ? src[i - 1] : c, e = at.x < p.width - 1 ? src[i + 1] : c;
    float n = at.y > 0 ? src[i - p.width] : c, s = at.y < p.height - 1 ? src[i + p.width] : c;
    dst[i] = c + p.k * (w + e + n + s - 4 * c);
}
