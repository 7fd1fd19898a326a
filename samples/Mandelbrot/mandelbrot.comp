#version 450
// The Mandelbrot set with smooth colours: each pixel is the mean of samples x samples points.
layout(local_size_x = 16, local_size_y = 16) in;
layout(std430, binding = 0) writeonly buffer Image { uint pixels[]; };   // red in the low byte, alpha in the high one
layout(push_constant) uniform View {
    uint width;
    uint height;
    uint iterations;
    uint samples;
    float left;     // real part at the left edge of the picture
    float top;      // imaginary part at its upper edge
    float step;     // distance of two pixels
};

// Iterations until |z| > 16, with a fraction that makes the count continuous; below 0 for a point that stays.
float escape(float cr, float ci) {
    float zr = 0.0, zi = 0.0;
    for (uint i = 0u; i < iterations; ++i) {
        float r2 = zr * zr, i2 = zi * zi;
        if (r2 + i2 > 256.0) return float(i) + 4.0 - log2(log2(r2 + i2));
        zi = 2.0 * zr * zi + ci;
        zr = r2 - i2 + cr;
    }
    return -1.0;
}

vec3 colour(float n) {
    if (n < 0.0) return vec3(0.0);
    float t = 0.35 * sqrt(n);
    return 0.5 - 0.5 * cos(t * vec3(0.9, 1.0, 1.15) + vec3(0.2, 0.55, 1.1));
}

void main() {
    uvec2 p = gl_GlobalInvocationID.xy;
    if (p.x >= width || p.y >= height) return;
    vec3 sum = vec3(0.0);
    float part = 1.0 / float(samples);
    for (uint y = 0u; y < samples; ++y)
        for (uint x = 0u; x < samples; ++x)
            sum += colour(escape(left + (float(p.x) + (float(x) + 0.5) * part) * step,
                                 top - (float(p.y) + (float(y) + 0.5) * part) * step));
    uvec3 c = uvec3(clamp(sum * part * part, 0.0, 1.0) * 255.0 + 0.5);
    pixels[p.y * width + p.x] = c.r | (c.g << 8) | (c.b << 16) | 0xFF000000u;
}
