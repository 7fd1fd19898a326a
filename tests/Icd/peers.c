// Two processes share memory, semaphores and a fence of the driver; then one of them dies in the middle.
//
//   peers LIBRARY ROUNDS
//
// LIBRARY is the driver or the Vulkan loader. The parent exports, the child imports (each has a driver of its own: they part before
// either loads it). In each round the parent writes a number, and the child's queue
// copies it. The last line printed is "ok ..." or the program ends with 1 and says why.
#define _GNU_SOURCE
#define VK_NO_PROTOTYPES
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vulkan/vulkan.h>

#define FAIL(...) (fprintf(stderr, "%s: ", who), fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), _exit(1))
#define CHECK(call) do { VkResult result_ = (call); if (result_ != VK_SUCCESS) FAIL("%s: %d", #call, result_); } while (0)

#define COMMANDS(X) \
    X(CreateDevice) X(DestroyInstance) X(EnumeratePhysicalDevices) X(GetPhysicalDeviceProperties2) X(GetDeviceQueue) X(DestroyDevice) \
    X(CreateBuffer) X(AllocateMemory) X(BindBufferMemory) X(MapMemory) X(GetMemoryFdKHR) X(CreateCommandPool) \
    X(AllocateCommandBuffers) X(BeginCommandBuffer) X(EndCommandBuffer) X(CmdCopyBuffer) X(QueueSubmit) \
    X(CreateSemaphore) X(CreateFence) X(GetSemaphoreFdKHR) X(ImportSemaphoreFdKHR) X(GetFenceFdKHR) X(ImportFenceFdKHR) \
    X(WaitSemaphores) X(SignalSemaphore) X(WaitForFences) X(ResetFences)
#define DECLARE(name) static PFN_vk##name name;
COMMANDS(DECLARE)

enum { MEMORY, TIMELINE, BINARY, FENCE, FILES };
#define SECOND 1000000000ull

static const char *who = "parent";
static VkInstance instance;
static VkDevice device;
static VkQueue queue;
static uint32_t *words;
static VkSemaphore timeline, binary;
static VkFence fence;
static VkCommandBuffer commands;
static VkDeviceMemory memory;

static double nowMs(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

static void openDevice(const char *path, uint8_t uuids[2][VK_UUID_SIZE])
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        FAIL("%s", dlerror());
    PFN_vkGetInstanceProcAddr get = (PFN_vkGetInstanceProcAddr)dlsym(library, "vk_icdGetInstanceProcAddr");
    if (!get && !(get = (PFN_vkGetInstanceProcAddr)dlsym(library, "vkGetInstanceProcAddr")))
        FAIL("%s is no Vulkan library", path);
    PFN_vkCreateInstance createInstance = (PFN_vkCreateInstance)get(NULL, "vkCreateInstance");
    VkApplicationInfo application = { .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_2 };
    VkInstanceCreateInfo info = { .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &application };
    CHECK(createInstance(&info, NULL, &instance));
#define LOAD(name) if (!(name = (PFN_vk##name)get(instance, "vk" #name))) FAIL("no vk" #name);
    COMMANDS(LOAD)

    uint32_t count = 1;
    VkPhysicalDevice physical;
    VkResult found = EnumeratePhysicalDevices(instance, &count, &physical);
    if ((found != VK_SUCCESS && found != VK_INCOMPLETE) || count == 0)
        FAIL("no device: %d", found);
    VkPhysicalDeviceIDProperties ids = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES };
    VkPhysicalDeviceProperties2 properties = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &ids };
    GetPhysicalDeviceProperties2(physical, &properties);
    memcpy(uuids[0], ids.deviceUUID, VK_UUID_SIZE);
    memcpy(uuids[1], ids.driverUUID, VK_UUID_SIZE);

    const char *extensions[] = { VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME, VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME,
        VK_KHR_EXTERNAL_FENCE_FD_EXTENSION_NAME };
    VkPhysicalDeviceTimelineSemaphoreFeatures features = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES, .timelineSemaphore = VK_TRUE };
    float priority = 1;
    VkDeviceQueueCreateInfo queueInfo = { .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority };
    VkDeviceCreateInfo deviceInfo = { .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .pNext = &features, .queueCreateInfoCount = 1,
        .pQueueCreateInfos = &queueInfo, .enabledExtensionCount = 3, .ppEnabledExtensionNames = extensions };
    CHECK(CreateDevice(physical, &deviceInfo, NULL, &device));
    GetDeviceQueue(device, 0, 0, &queue);
}

static VkBuffer shareBuffer(void *next)
{
    VkMemoryAllocateInfo memoryInfo = { .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = next, .allocationSize = 4096 };
    VkExternalMemoryBufferCreateInfo external = { .sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
        .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT };
    VkBufferCreateInfo bufferInfo = { .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .pNext = &external, .size = 4096,
        .usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT };
    VkBuffer buffer;
    void *data;
    CHECK(AllocateMemory(device, &memoryInfo, NULL, &memory));
    CHECK(CreateBuffer(device, &bufferInfo, NULL, &buffer));
    CHECK(BindBufferMemory(device, buffer, memory, 0));
    CHECK(MapMemory(device, memory, 0, VK_WHOLE_SIZE, 0, &data));
    words = data;
    return buffer;
}

/// Commands that copy word `from` to word `to`.
static void record(VkBuffer buffer, uint32_t from, uint32_t to)
{
    VkCommandPoolCreateInfo poolInfo = { .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO };
    VkCommandPool pool;
    CHECK(CreateCommandPool(device, &poolInfo, NULL, &pool));
    VkCommandBufferAllocateInfo info = { .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, .commandPool = pool, .commandBufferCount = 1 };
    CHECK(AllocateCommandBuffers(device, &info, &commands));
    VkCommandBufferBeginInfo begin = { .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
        .flags = VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT };
    CHECK(BeginCommandBuffer(commands, &begin));
    VkBufferCopy copy = { .srcOffset = from * 4, .dstOffset = to * 4, .size = 4 };
    CmdCopyBuffer(commands, buffer, buffer, 1, &copy);
    CHECK(EndCommandBuffer(commands));
}

static void submit(VkSemaphore wait, uint64_t waitValue, VkSemaphore signal, uint64_t signalValue, VkFence done)
{
    VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
    VkTimelineSemaphoreSubmitInfo values = { .sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO,
        .waitSemaphoreValueCount = wait != 0, .pWaitSemaphoreValues = &waitValue,
        .signalSemaphoreValueCount = signal != 0, .pSignalSemaphoreValues = &signalValue };
    VkSubmitInfo info = { .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .pNext = &values, .waitSemaphoreCount = wait != 0, .pWaitSemaphores = &wait,
        .pWaitDstStageMask = &stage, .commandBufferCount = 1, .pCommandBuffers = &commands,
        .signalSemaphoreCount = signal != 0, .pSignalSemaphores = &signal };
    CHECK(QueueSubmit(queue, 1, &info, done));
}

static VkResult waitFor(uint64_t value, uint64_t timeout)
{
    VkSemaphoreWaitInfo info = { .sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, .semaphoreCount = 1, .pSemaphores = &timeline, .pValues = &value };
    return WaitSemaphores(device, &info, timeout);
}

static void makeSync(const void *exportSemaphore, const void *exportFence)
{
    VkSemaphoreTypeCreateInfo type = { .sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, .pNext = exportSemaphore,
        .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE };
    VkSemaphoreCreateInfo info = { .sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &type };
    CHECK(CreateSemaphore(device, &info, NULL, &timeline));
    info.pNext = exportSemaphore;
    CHECK(CreateSemaphore(device, &info, NULL, &binary));
    VkFenceCreateInfo fenceInfo = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, .pNext = exportFence };
    CHECK(CreateFence(device, &fenceInfo, NULL, &fence));
}

static void sendFiles(int line, const int *files, const uint8_t uuids[2][VK_UUID_SIZE])
{
    char control[CMSG_SPACE(sizeof(int) * FILES)] = { 0 };
    struct iovec data = { (void *)uuids, 2 * VK_UUID_SIZE };
    struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int) * FILES), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
    memcpy(CMSG_DATA(header), files, sizeof(int) * FILES);
    if (sendmsg(line, &message, 0) < 0)
        FAIL("sendmsg");
}

static void receiveFiles(int line, int *files, uint8_t uuids[2][VK_UUID_SIZE])
{
    char control[CMSG_SPACE(sizeof(int) * FILES)];
    struct iovec data = { uuids, 2 * VK_UUID_SIZE };
    struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    if (recvmsg(line, &message, 0) != 2 * VK_UUID_SIZE || !CMSG_FIRSTHDR(&message))
        FAIL("recvmsg");
    memcpy(files, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int) * FILES);
}

/// Waits for 2i + 1, copies word 0 to word 1, signals 2i + 2; at the end answers by the binary semaphore and the fence.
static void runChild(const char *path, int line, uint64_t rounds)
{
    who = "child";
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    uint8_t mine[2][VK_UUID_SIZE], theirs[2][VK_UUID_SIZE];
    openDevice(path, mine);
    int files[FILES];
    receiveFiles(line, files, theirs);
    if (memcmp(mine, theirs, sizeof mine) != 0)
        FAIL("the parent has another device or another driver");
    VkImportMemoryFdInfoKHR import = { .sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR,
        .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT, .fd = files[MEMORY] };
    record(shareBuffer(&import), 0, 1);
    makeSync(NULL, NULL);
    VkImportSemaphoreFdInfoKHR info = { .sType = VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_FD_INFO_KHR, .semaphore = timeline,
        .handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT, .fd = files[TIMELINE] };
    CHECK(ImportSemaphoreFdKHR(device, &info));
    info.semaphore = binary;
    info.fd = files[BINARY];
    CHECK(ImportSemaphoreFdKHR(device, &info));
    VkImportFenceFdInfoKHR fenceInfo = { .sType = VK_STRUCTURE_TYPE_IMPORT_FENCE_FD_INFO_KHR, .fence = fence,
        .handleType = VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT, .fd = files[FENCE] };
    CHECK(ImportFenceFdKHR(device, &fenceInfo));
    for (uint64_t i = 0; i < rounds; i++)
        submit(timeline, 2 * i + 1, timeline, 2 * i + 2, VK_NULL_HANDLE);
    submit(binary, 0, VK_NULL_HANDLE, 0, fence);
    for (;;)
        pause(); // the parent ends this, while it waits for more
}

int main(int count, char **arguments)
{
    if (count != 3)
        FAIL("usage: peers LIBRARY ROUNDS");
    uint64_t rounds = strtoull(arguments[2], NULL, 10);
    int line[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, line) != 0)
        FAIL("socketpair");
    pid_t child = fork();
    if (child == 0)
        runChild(arguments[1], line[1], rounds);

    uint8_t uuids[2][VK_UUID_SIZE];
    openDevice(arguments[1], uuids);
    VkExportMemoryAllocateInfo exportMemory = { .sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO,
        .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT };
    VkExportSemaphoreCreateInfo exportSemaphore = { .sType = VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO,
        .handleTypes = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT };
    VkExportFenceCreateInfo exportFence = { .sType = VK_STRUCTURE_TYPE_EXPORT_FENCE_CREATE_INFO,
        .handleTypes = VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT };

    record(shareBuffer(&exportMemory), 2, 3);
    makeSync(&exportSemaphore, &exportFence);

    int files[FILES];
    VkMemoryGetFdInfoKHR getMemory = { .sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR, .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT };
    VkSemaphoreGetFdInfoKHR getSemaphore = { .sType = VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, .semaphore = timeline,
        .handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT };
    VkFenceGetFdInfoKHR getFence = { .sType = VK_STRUCTURE_TYPE_FENCE_GET_FD_INFO_KHR, .fence = fence,
        .handleType = VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT };
    getMemory.memory = memory;
    CHECK(GetMemoryFdKHR(device, &getMemory, &files[MEMORY]));
    CHECK(GetSemaphoreFdKHR(device, &getSemaphore, &files[TIMELINE]));
    getSemaphore.semaphore = binary;
    CHECK(GetSemaphoreFdKHR(device, &getSemaphore, &files[BINARY]));
    CHECK(GetFenceFdKHR(device, &getFence, &files[FENCE]));
    sendFiles(line[0], files, uuids);
    for (int i = 0; i < FILES; i++)
        close(files[i]);

    double start = nowMs();
    for (uint64_t i = 0; i < rounds; i++) {
        words[0] = (uint32_t)i * 7 + 1;
        VkSemaphoreSignalInfo signal = { .sType = VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, .semaphore = timeline, .value = 2 * i + 1 };
        CHECK(SignalSemaphore(device, &signal));
        CHECK(waitFor(2 * i + 2, 60 * SECOND));
        if (words[1] != words[0])
            FAIL("round %llu: %u, expected %u", (unsigned long long)i, words[1], words[0]);
    }
    double turn = rounds ? (nowMs() - start) / rounds : 0;

    // The parent's queue signals what the child's waits for; its answer is a fence.
    submit(VK_NULL_HANDLE, 0, binary, 0, VK_NULL_HANDLE);
    CHECK(WaitForFences(device, 1, &fence, VK_TRUE, 60 * SECOND));
    CHECK(ResetFences(device, 1, &fence));

    // The child dies while the queue and the host wait for it: the host's wait ends on time, and the device can go.
    submit(timeline, 2 * rounds + 100, VK_NULL_HANDLE, 0, VK_NULL_HANDLE);
    kill(child, SIGKILL);
    int status;
    if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        FAIL("the child ended with %x", status);
    start = nowMs();
    VkResult result = waitFor(2 * rounds + 100, SECOND / 20);
    double waited = nowMs() - start;
    if (result != VK_TIMEOUT || waited < 49 || waited > 20000)
        FAIL("a wait for a dead process: %d after %.0f ms", result, waited);
    DestroyDevice(device, NULL);
    DestroyInstance(instance, NULL);
    printf("ok %llu rounds, %.3f ms each\n", (unsigned long long)rounds, turn);
    return 0;
}
