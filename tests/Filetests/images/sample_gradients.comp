#version 450
#extension GL_ARB_sparse_texture_clamp : require
// Explicit gradients, which an anisotropic filter goes by; and a least level of detail.
layout(local_size_x = 32) in;
layout(set = 0, binding = 0) uniform sampler2D image;
layout(set = 0, binding = 1) uniform sampler1D line;
layout(set = 0, binding = 2) uniform sampler2DArray sheets;
layout(set = 0, binding = 3) uniform sampler2DShadow depth;
layout(set = 0, binding = 4) readonly buffer In { vec4 where[]; };
layout(set = 0, binding = 5) writeonly buffer Out { vec4 result[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    vec4 w = where[i * 2];
    vec4 g = where[i * 2 + 1];
    result[i * 5] = textureGrad(image, w.xy, g.xy, g.zw);
    result[i * 5 + 1] = textureGrad(line, w.x, g.x, g.y);
    result[i * 5 + 2] = textureGradOffset(sheets, w.xyz, g.xy, g.zw, ivec2(2, -1));
    result[i * 5 + 3] = vec4(textureGrad(depth, w.xyw, g.xy, g.zw));
    result[i * 5 + 4] = textureGradClampARB(image, w.xy, g.xy, g.zw, w.w * 3.0);
}
