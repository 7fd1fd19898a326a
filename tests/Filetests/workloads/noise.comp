#version 450
// Four octaves of gradient noise; the gradients come from a table.
layout(local_size_x = 16, local_size_y = 16) in;
layout(push_constant) uniform P { uint width; float scale; } p;
layout(std430, binding = 0) readonly buffer T { uint permutation[256]; };
layout(std430, binding = 1) writeonly buffer D { float dst[]; };
float gradient(ivec2 cell, vec2 d) {
    uint h = permutation[(permutation[cell.x & 255] + uint(cell.y)) & 255];
    switch (h & 7) {
        case 0: return d.x + d.y;
        case 1: return d.x - d.y;
        case 2: return -d.x + d.y;
        case 3: return -d.x - d.y;
        case 4: return d.x;
        case 5: return -d.x;
        case 6: return d.y;
        default: return -d.y;
    }
}
float noise(vec2 at) {
    vec2 low = floor(at), d = at - low;
    ivec2 cell = ivec2(low);
    vec2 u = d * d * d * (d * (d * 6 - 15) + 10);
    float top = mix(gradient(cell, d), gradient(cell + ivec2(1, 0), d - vec2(1, 0)), u.x);
    float bottom = mix(gradient(cell + ivec2(0, 1), d - vec2(0, 1)), gradient(cell + ivec2(1, 1), d - vec2(1, 1)), u.x);
    return mix(top, bottom, u.y);
}
void main() {
    vec2 at = vec2(gl_GlobalInvocationID.xy) * p.scale;
    float sum = 0, weight = 0.5;
    for (int octave = 0; octave < 4; octave++) {
        sum += weight * noise(at);
        at *= 2;
        weight *= 0.5;
    }
    dst[gl_GlobalInvocationID.y * p.width + gl_GlobalInvocationID.x] = sum;
}
