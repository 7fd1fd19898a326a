#version 450
// The median of 3 x 3, by exchanges of a private array.
layout(local_size_x = 16, local_size_y = 8) in;
layout(push_constant) uniform P { int width, height; } p;
layout(std430, binding = 0) readonly buffer S { float src[]; };
layout(std430, binding = 1) writeonly buffer D { float dst[]; };
void main() {
    ivec2 at = ivec2(gl_GlobalInvocationID.xy);
    float v[9];
    for (int k = 0; k < 9; k++) {
        ivec2 q = clamp(at + ivec2(k % 3 - 1, k / 3 - 1), ivec2(0), ivec2(p.width - 1, p.height - 1));
        v[k] = src[q.y * p.width + q.x];
    }
    for (int i = 0; i < 5; i++) {
        for (int j = i + 1; j < 9; j++) {
            float low = min(v[i], v[j]);
            v[j] = max(v[i], v[j]);
            v[i] = low;
        }
    }
    dst[at.y * p.width + at.x] = v[4];
}
