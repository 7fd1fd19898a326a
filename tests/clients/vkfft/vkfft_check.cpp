// A client we did not write decides what runs: VkFFT generates GLSL, compiles it with glslang and dispatches it.
// This host gives it random complex input for each size on the command line, compares the forward transform with a
// double-precision transform of its own, then the inverse with the input.
//
//   vkfft_check SIZE...    each SIZE is N, or WxH for two dimensions; "rN" for a real-to-complex transform of N
//
// Prints a line per size and exits with 1 when one is wrong. Device: the first one that the loader lists.
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>
#include <vulkan/vulkan.h>

#include <glslang/Include/glslang_c_interface.h>

// Debian 12's vkFFT.h writes glslang's limits in the order of an older glslang_resource_t, which lacks the nine
// maxMesh...EXT fields. This struct has that order; its address is that of a resource in today's order.
struct OlderResource {
    int before_mesh_ext[92];
    int max_dual_source_draw_buffers;
    glslang_limits_t limits;

    const glslang_resource_t *operator&() const {
        static glslang_resource_t resource;
        static_assert(offsetof(glslang_resource_t, max_mesh_output_vertices_ext) == sizeof before_mesh_ext);
        memcpy((void *)&resource, before_mesh_ext, sizeof before_mesh_ext);
        resource.max_dual_source_draw_buffers_ext = max_dual_source_draw_buffers;
        resource.limits = limits;
        return &resource;
    }
};
#define glslang_resource_t OlderResource
#include <vkFFT.h>
#undef glslang_resource_t

#define CHECK(call)                                                              \
    do {                                                                         \
        int result_ = (int)(call);                                               \
        if (result_ != 0) {                                                      \
            fprintf(stderr, "%s:%d: %s: %d\n", __FILE__, __LINE__, #call, result_); \
            exit(2);                                                             \
        }                                                                        \
    } while (0)

struct Host {
    VkInstance instance;
    VkPhysicalDevice physical;
    VkDevice device;
    VkQueue queue;
    VkCommandPool pool;
    VkFence fence;
};

static Host open_host(void) {
    Host host = {};
    VkApplicationInfo application = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_1};
    VkInstanceCreateInfo instance = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &application};
    CHECK(vkCreateInstance(&instance, NULL, &host.instance));
    uint32_t count = 1;
    VkResult listed = vkEnumeratePhysicalDevices(host.instance, &count, &host.physical);
    if (count == 0 || (listed != VK_SUCCESS && listed != VK_INCOMPLETE)) {
        fprintf(stderr, "no Vulkan device\n");
        exit(2);
    }
    VkPhysicalDeviceProperties properties;
    vkGetPhysicalDeviceProperties(host.physical, &properties);
    printf("device: %s\n", properties.deviceName);
    float priority = 1;
    VkDeviceQueueCreateInfo queue = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
    VkPhysicalDeviceFeatures supported, enabled = {};
    vkGetPhysicalDeviceFeatures(host.physical, &supported);
    enabled.shaderFloat64 = supported.shaderFloat64;
    VkDeviceCreateInfo device = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .queueCreateInfoCount = 1, .pQueueCreateInfos = &queue, .pEnabledFeatures = &enabled};
    CHECK(vkCreateDevice(host.physical, &device, NULL, &host.device));
    vkGetDeviceQueue(host.device, 0, 0, &host.queue);
    VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT};
    CHECK(vkCreateCommandPool(host.device, &pool, NULL, &host.pool));
    VkFenceCreateInfo fence = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    CHECK(vkCreateFence(host.device, &fence, NULL, &host.fence));
    return host;
}

using Complex = std::complex<double>;

// out[k] = sum of in[n * stride] exp(-2 pi i k n / count), by the smallest prime factor first, in double precision.
static void transform(const Complex *in, Complex *out, size_t count, size_t stride) {
    if (count == 1) {
        out[0] = in[0];
        return;
    }
    size_t factor = 2;
    while (count % factor != 0) factor++;
    size_t rest = count / factor;
    std::vector<Complex> parts(count);
    for (size_t f = 0; f < factor; f++) transform(in + f * stride, parts.data() + f * rest, rest, stride * factor);
    for (size_t k = 0; k < count; k++) {
        Complex sum = 0;
        for (size_t f = 0; f < factor; f++) sum += parts[f * rest + k % rest] * std::polar(1.0, -2 * M_PI * (double)(f * k % count) / (double)count);
        out[k] = sum;
    }
}

static std::vector<Complex> reference(const std::vector<Complex> &in, size_t width, size_t height) {
    std::vector<Complex> out(in.size()), column(height);
    for (size_t y = 0; y < height; y++) transform(&in[y * width], &out[y * width], width, 1);
    for (size_t x = 0; height > 1 && x < width; x++) {
        transform(&out[x], column.data(), height, width);
        for (size_t y = 0; y < height; y++) out[y * width + x] = column[y];
    }
    return out;
}

static VkDeviceMemory allocate(Host *host, VkBuffer buffer, void **mapped) {
    VkMemoryRequirements requirements;
    vkGetBufferMemoryRequirements(host->device, buffer, &requirements);
    VkPhysicalDeviceMemoryProperties properties;
    vkGetPhysicalDeviceMemoryProperties(host->physical, &properties);
    VkMemoryPropertyFlags wanted = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    uint32_t type = 0;
    while (!(requirements.memoryTypeBits >> type & 1) || (properties.memoryTypes[type].propertyFlags & wanted) != wanted) type++;
    VkMemoryAllocateInfo allocation = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = requirements.size, .memoryTypeIndex = type};
    VkDeviceMemory memory;
    CHECK(vkAllocateMemory(host->device, &allocation, NULL, &memory));
    CHECK(vkBindBufferMemory(host->device, buffer, memory, 0));
    CHECK(vkMapMemory(host->device, memory, 0, VK_WHOLE_SIZE, 0, mapped));
    return memory;
}

static void run(Host *host, VkFFTApplication *application, int direction) {
    VkCommandBufferAllocateInfo allocation = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, .commandPool = host->pool, .commandBufferCount = 1};
    VkCommandBuffer commands;
    CHECK(vkAllocateCommandBuffers(host->device, &allocation, &commands));
    VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
    CHECK(vkBeginCommandBuffer(commands, &begin));
    VkFFTLaunchParams launch = {};
    launch.commandBuffer = &commands;
    CHECK(VkFFTAppend(application, direction, &launch));
    CHECK(vkEndCommandBuffer(commands));
    VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &commands};
    CHECK(vkQueueSubmit(host->queue, 1, &submit, host->fence));
    CHECK(vkWaitForFences(host->device, 1, &host->fence, VK_TRUE, UINT64_MAX));
    CHECK(vkResetFences(host->device, 1, &host->fence));
    vkFreeCommandBuffers(host->device, host->pool, 1, &commands);
}

static double relative_error(double squared_difference, double squared_norm) { return sqrt(squared_difference / squared_norm); }

static bool check(Host *host, const char *name) {
    bool real = name[0] == 'r';
    size_t width = 0, height = 1;
    if (sscanf(name + real, "%zux%zu", &width, &height) < 1 || width == 0 || height == 0) {
        fprintf(stderr, "not a size: %s\n", name);
        exit(2);
    }
    size_t count = width * height;
    size_t row = real ? 2 * (width / 2 + 1) : 2 * width; // floats a row in the buffer (real input is padded)
    uint64_t bytes = row * height * sizeof(float);

    VkBufferCreateInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = bytes, .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT};
    VkBuffer buffer;
    CHECK(vkCreateBuffer(host->device, &info, NULL, &buffer));
    void *mapped;
    VkDeviceMemory memory = allocate(host, buffer, &mapped);
    float *data = (float *)mapped;

    std::vector<Complex> input(count);
    uint32_t state = 12345;
    for (size_t i = 0; i < count; i++) {
        float part[2];
        for (int p = 0; p < 2; p++) {
            state = state * 1664525u + 1013904223u;
            part[p] = (float)(state >> 8) / 8388608.0f - 1;
        }
        input[i] = {part[0], real ? 0 : part[1]};
    }
    memset(data, 0, bytes);
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            Complex value = input[y * width + x];
            if (real) data[y * row + x] = (float)value.real();
            else data[y * row + 2 * x] = (float)value.real(), data[y * row + 2 * x + 1] = (float)value.imag();
        }
    std::vector<Complex> expected = reference(input, width, height);

    VkFFTConfiguration configuration = {};
    VkFFTApplication application = {};
    configuration.FFTdim = height > 1 ? 2 : 1;
    configuration.size[0] = width;
    configuration.size[1] = height;
    configuration.size[2] = 1;
    configuration.performR2C = real;
    configuration.normalize = 1;
    configuration.physicalDevice = &host->physical;
    configuration.device = &host->device;
    configuration.queue = &host->queue;
    configuration.commandPool = &host->pool;
    configuration.fence = &host->fence;
    configuration.buffer = &buffer;
    configuration.bufferSize = &bytes;
    CHECK(initializeVkFFT(&application, configuration));

    run(host, &application, -1);
    double difference = 0, norm = 0;
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < (real ? width / 2 + 1 : width); x++) {
            Complex got(data[y * row + 2 * x], data[y * row + 2 * x + 1]), want = expected[y * width + x];
            difference += std::norm(got - want);
            norm += std::norm(want);
        }
    double forward = relative_error(difference, norm);

    run(host, &application, 1);
    difference = norm = 0;
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            Complex want = input[y * width + x];
            Complex got = real ? Complex(data[y * row + x]) : Complex(data[y * row + 2 * x], data[y * row + 2 * x + 1]);
            difference += std::norm(got - want);
            norm += std::norm(want);
        }
    double backward = relative_error(difference, norm);

    // Single precision: rounding grows with the logarithm of the size; a wrong twiddle factor or a lost element is far above this.
    double limit = 1e-6 * (2 + log2((double)count) / 4);
    bool right = forward < limit && backward < limit;
    printf("%-12s forward %.2e  inverse %.2e  %s\n", name, forward, backward, right ? "ok" : "WRONG");
    fflush(stdout);

    deleteVkFFT(&application);
    vkDestroyBuffer(host->device, buffer, NULL);
    vkFreeMemory(host->device, memory, NULL);
    return right;
}

int main(int argc, char **argv) {
    Host host = open_host();
    int wrong = 0;
    for (int i = 1; i < argc; i++) wrong += !check(&host, argv[i]);
    vkDestroyFence(host.device, host.fence, NULL);
    vkDestroyCommandPool(host.device, host.pool, NULL);
    vkDestroyDevice(host.device, NULL);
    vkDestroyInstance(host.instance, NULL);
    printf("%d sizes, %d wrong\n", argc - 1, wrong);
    return wrong != 0;
}
