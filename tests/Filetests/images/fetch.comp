#version 450
#extension GL_EXT_samplerless_texture_functions : require
// Texels by number, sizes, levels, samples.
layout(local_size_x = 32) in;
layout(set = 0, binding = 0) uniform texture2D image;
layout(set = 0, binding = 1) uniform itexture2DArray sheets;
layout(set = 0, binding = 2) uniform texture2DMS many;
layout(set = 0, binding = 3) uniform textureBuffer texels;
layout(set = 0, binding = 4) uniform texture3D block;
layout(set = 0, binding = 5) readonly buffer In { ivec4 where[]; };
layout(set = 0, binding = 6) writeonly buffer Out { vec4 result[]; };
layout(set = 0, binding = 7) writeonly buffer Sizes { int sizes[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    ivec4 w = where[i];
    result[i * 6] = texelFetch(image, w.xy, 0);
    result[i * 6 + 1] = texelFetch(image, w.xy, w.w);
    result[i * 6 + 2] = intBitsToFloat(texelFetch(sheets, w.xyz, 0));
    result[i * 6 + 3] = texelFetch(many, w.xy, w.z);
    result[i * 6 + 4] = texelFetch(texels, w.x);
    result[i * 6 + 5] = texelFetchOffset(block, w.xyz, 0, ivec3(1, 0, -1));
    if (i == 0) {
        ivec2 a = textureSize(image, 1);
        ivec3 b = textureSize(sheets, 0);
        ivec2 c = textureSize(many);
        ivec3 d = textureSize(block, 0);
        sizes[0] = a.x; sizes[1] = a.y; sizes[2] = b.x; sizes[3] = b.y; sizes[4] = b.z; sizes[5] = c.x; sizes[6] = c.y;
        sizes[7] = textureSize(texels); sizes[8] = d.x; sizes[9] = d.y; sizes[10] = d.z;
        sizes[11] = textureQueryLevels(image); sizes[12] = textureSamples(many);
    }
}
