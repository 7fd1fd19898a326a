#version 450
// Depth comparison, gathers, gradients, projection.
layout(local_size_x = 32) in;
layout(set = 0, binding = 0) uniform sampler2DShadow depth;
layout(set = 0, binding = 1) uniform sampler2D image;
layout(set = 0, binding = 2) readonly buffer In { vec4 where[]; };
layout(set = 0, binding = 3) writeonly buffer Out { vec4 result[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    vec4 w = where[i];
    result[i * 7] = vec4(textureLod(depth, w.xyz, 0.0));
    result[i * 7 + 1] = textureGather(image, w.xy, 1);
    result[i * 7 + 2] = textureGather(depth, w.xy, w.z);
    result[i * 7 + 3] = textureGatherOffsets(image, w.xy, ivec2[4](ivec2(-3, 2), ivec2(1, 1), ivec2(0, -4), ivec2(5, 0)), 2);
    result[i * 7 + 4] = textureGrad(image, w.xy, vec2(w.z, 0.0), vec2(0.0, w.w));
    result[i * 7 + 5] = textureProjLod(image, vec3(w.xy * 2.0, 2.0), 0.0);
    result[i * 7 + 6] = textureGatherOffset(image, w.xy, ivec2(2, -1), 0);
}
