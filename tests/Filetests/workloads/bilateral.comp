#version 450
// Packed pixels, 5 x 5, weights by distance and by colour.
layout(local_size_x = 16, local_size_y = 16) in;
layout(push_constant) uniform P { int width, height; float space, colour; } p;
layout(std430, binding = 0) readonly buffer S { uint src[]; };
layout(std430, binding = 1) writeonly buffer D { uint dst[]; };
void main() {
    ivec2 at = ivec2(gl_GlobalInvocationID.xy);
    vec4 centre = unpackUnorm4x8(src[at.y * p.width + at.x]), sum = vec4(0);
    float weights = 0;
    for (int dy = -2; dy <= 2; dy++) {
        for (int dx = -2; dx <= 2; dx++) {
            int x = clamp(at.x + dx, 0, p.width - 1), y = clamp(at.y + dy, 0, p.height - 1);
            vec4 c = unpackUnorm4x8(src[y * p.width + x]);
            vec3 d = c.rgb - centre.rgb;
            float w = exp(-float(dx * dx + dy * dy) * p.space - dot(d, d) * p.colour);
            sum += c * w;
            weights += w;
        }
    }
    dst[at.y * p.width + at.x] = packUnorm4x8(sum / weights);
}
