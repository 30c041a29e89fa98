"""Painted scenes for the sample library: one seed is one scene, the same on every machine."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

Plane = npt.NDArray[np.float32]  # (H, W), or (H, W, 3) for colours; 0 to 1
Random = np.random.Generator

WIDTH, HEIGHT = 1024, 768


def paint(seed: int) -> Image.Image:
    """Paint one scene, 1024 x 768 RGB; seeds that follow one another show different kinds."""
    random = np.random.default_rng([seed, 0x5CE7E])
    scene = KINDS[seed % len(KINDS)](random)
    grain = random.standard_normal((HEIGHT, WIDTH, 1), np.float32)
    return _image(scene + np.float32(0.012) * grain)


def _image(scene: Plane) -> Image.Image:
    return Image.fromarray((np.clip(scene, 0, 1) * 255).astype(np.uint8))


def _colours(image: Image.Image) -> Plane:
    return np.asarray(image, np.float32) / np.float32(255)


def _hue(random: Random, low: float, high: float, saturation: float, value: float) -> Plane:
    """One colour (3,) with a hue between two, 0 to 1 round the circle."""
    angle = 2 * np.pi * (random.uniform(low, high) - np.array([0, 1 / 3, 2 / 3]))
    pure = np.clip(0.5 + np.cos(angle), 0, 1)
    return np.asarray(value * (1 - saturation + saturation * pure), np.float32)


def _noise(random: Random, coarsest: int, finest: int, stretch: float = 1.0) -> Plane:
    """Noise in octaves, (H, W), about 0 to 1; cells are that many across, stretched sideways."""
    total = np.zeros((HEIGHT, WIDTH), np.float32)
    cells, weight, weights = coarsest, 1.0, 0.0
    while cells <= finest:
        rows = max(2, round(cells * stretch * HEIGHT / WIDTH))
        grid = Image.fromarray(random.random((rows, cells), np.float32))
        total += weight * np.asarray(grid.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))
        weights += weight
        cells, weight = cells * 2, weight * 0.55
    return total / np.float32(weights)


def _ridge(random: Random, rough: float) -> Plane:
    """A line of hills, (W,), about -1 to 1."""
    line = np.zeros(WIDTH, np.float32)
    for octave in range(8):
        points = random.uniform(-1, 1, 3 * 2**octave)
        places = np.linspace(0, len(points) - 1, WIDTH)
        line += (np.interp(places, np.arange(len(points)), points) * rough**octave).astype(
            np.float32
        )
    return line * np.float32(1 - rough)


def _grid() -> tuple[Plane, Plane]:
    """Rows (H, 1) and columns (1, W)."""
    y, x = np.arange(HEIGHT, dtype=np.float32), np.arange(WIDTH, dtype=np.float32)
    return y[:, None], x[None, :]


def _over(scene: Plane, mask: Plane, paint: Plane) -> Plane:
    """Lay paint over the scene where the mask (H, W) is 1."""
    return np.asarray(scene + mask[..., None] * (paint - scene), np.float32)


def _sky(random: Random, top: Plane, bottom: Plane) -> Plane:
    """A gradient with a sun's glow and clouds, (H, W, 3)."""
    down = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None, None]
    sky = top + (bottom - top) * down**0.8
    sun_x, sun_y = random.uniform(0.15, 0.85) * WIDTH, random.uniform(0.15, 0.45) * HEIGHT
    y, x = _grid()
    distance = np.hypot(x - np.float32(sun_x), y - np.float32(sun_y))[..., None] / WIDTH
    disc = np.clip((random.uniform(0.02, 0.05) - distance) * 200, 0, 1)
    sky = sky + np.float32(0.5) * np.exp(-distance * 7) + disc * 0.4
    clouds = np.clip((_noise(random, 4, 256, 3.0) - random.uniform(0.42, 0.55)) * 5, 0, 0.85)
    covered: Plane = sky + (np.float32(0.96) - sky) * clouds[..., None] * (1 - 0.6 * down)
    return covered


def mountains(random: Random) -> Plane:
    """Ridges one behind the other, paler with distance."""
    top, haze = _hue(random, 0, 1, 0.55, 0.75), _hue(random, 0, 1, 0.25, 0.98)
    near = _hue(random, 0, 1, 0.7, 0.22)
    scene = _sky(random, top, haze)
    layers = int(random.integers(4, 7))
    y, _ = _grid()
    texture = _noise(random, 8, 512)[..., None]
    for layer in range(layers):
        depth = (layer + 1) / layers
        height = HEIGHT * (0.42 + 0.5 * depth - 0.06)
        line = height + _ridge(random, 0.52) * HEIGHT * random.uniform(0.1, 0.22)
        colour = haze * 0.85 + (near - haze * 0.85) * depth
        rock = colour * (0.65 + 0.7 * np.roll(texture, 211 * layer, 1))
        scene = _over(scene, np.clip(y - line, 0, 1), rock)
    return scene


def sea(random: Random) -> Plane:
    """A shore in the evening: the sky and its light on the waves."""
    top, low = _hue(random, 0.5, 0.95, 0.6, 0.6), _hue(random, 0.0, 0.15, 0.5, 1.0)
    scene = _sky(random, top, low)
    horizon = int(HEIGHT * random.uniform(0.42, 0.6))
    depth = np.linspace(0, 1, HEIGHT - horizon, dtype=np.float32)[:, None, None]
    deep = _hue(random, 0.45, 0.65, 0.8, 0.35)
    mirror = scene[horizon::-1][: HEIGHT - horizon]
    mirror = np.pad(mirror, ((0, HEIGHT - horizon - len(mirror)), (0, 0), (0, 0)), "edge")
    waves = _noise(random, 4, 512, 9.0)[horizon:, :, None]
    scene[horizon:] = mirror * 0.45 + deep * 0.5 + (waves - 0.5) * (0.25 + 0.9 * depth)
    y, _ = _grid()
    island = horizon - np.clip(_ridge(random, 0.5) * HEIGHT * 0.16, 0, None)
    land = np.clip(y - island, 0, 1) * (y < horizon)
    rock = _hue(random, 0.0, 0.4, 0.4, 0.3) * (0.5 + _noise(random, 32, 512)[..., None])
    return _over(scene, land, rock)


def lights(random: Random) -> Plane:
    """A street at night, out of focus: discs of light."""
    walls = _hue(random, 0, 1, 0.6, 0.2) * _noise(random, 3, 96)[..., None]
    scene = np.asarray(_hue(random, 0, 1, 0.6, 0.16) + walls, np.float32)
    hue = random.uniform(0, 1)
    for softness in (14, 5, 1.5):
        layer = Image.new("RGB", (WIDTH, HEIGHT))
        draw = ImageDraw.Draw(layer)
        for _ in range(int(random.integers(22, 40))):
            x, y = random.uniform(0, WIDTH), random.normal(0.5, 0.22) * HEIGHT
            radius = random.uniform(8, 26 + softness * 3)
            colour = _hue(random, hue, hue + 0.3, 0.6, random.uniform(0.25, 0.9)) * 255
            rim = tuple(int(min(255, c * 1.25)) for c in colour)
            box = (x - radius, y - radius, x + radius, y + radius)
            draw.ellipse(box, tuple(int(c) for c in colour), rim, 2)
        scene += np.float32(0.8) * _colours(layer.filter(ImageFilter.GaussianBlur(softness)))
    return scene


def city(random: Random) -> Plane:
    """A skyline at dusk, some of its windows lit."""
    top, low = _hue(random, 0.55, 0.75, 0.6, 0.3), _hue(random, -0.05, 0.12, 0.5, 0.95)
    picture = _image(_sky(random, top, low))
    draw = ImageDraw.Draw(picture)
    for depth in (0.35, 0.65, 1.0):
        wall = _hue(random, 0.55, 0.8, 0.35, 0.55 - 0.42 * depth)
        left = -random.uniform(0, 60)
        while left < WIDTH:
            width = random.uniform(60, 150) * (0.6 + 0.5 * depth)
            roof = HEIGHT * (random.uniform(0.25, 0.6) + 0.22 * depth)
            fill = tuple(int(c * 255 * random.uniform(0.8, 1.15)) for c in wall)
            draw.rectangle((left, roof, left + width, HEIGHT), fill)
            _windows(random, draw, (left, roof, left + width), depth)
            left += width + random.choice([0, 0, 14 * depth])
    return _colours(picture)


def _windows(
    random: Random, draw: ImageDraw.ImageDraw, wall: tuple[float, float, float], depth: float
) -> None:
    """Windows of one house, given its left, top and right."""
    left, top, right = wall
    step = random.uniform(11, 19) * (0.6 + 0.6 * depth)
    lit = random.uniform(0.15, 0.6)
    for y in np.arange(top + step * 0.6, HEIGHT, step * 1.3):
        for x in np.arange(left + step * 0.5, right - step * 0.6, step):
            if random.random() < lit:
                warm = int(random.uniform(120, 235))
                draw.rectangle((x, y, x + step * 0.5, y + step * 0.7), (255, warm, warm // 2))


def forest(random: Random) -> Plane:
    """Trunks in fog, leaves above."""
    fog = _hue(random, 0.1, 0.6, 0.3, 0.9)
    ground = _hue(random, 0.05, 0.35, 0.6, 0.35)
    down = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None, None]
    floor = np.clip((down - 0.72) * 4, 0, 1)
    scene = fog * (0.75 + 0.35 * _noise(random, 3, 48)[..., None])
    soil = ground * (0.4 + 1.2 * _noise(random, 24, 512)[..., None])
    scene = _over(scene, floor[..., 0], soil)
    picture = _image(scene)
    draw = ImageDraw.Draw(picture)
    for depth in np.linspace(0.15, 1, 26):
        x, wide = random.uniform(0, WIDTH), random.uniform(8, 20) + 34 * depth**2
        lean, foot = random.normal(0, 30), HEIGHT * (0.72 + 0.26 * depth)
        bark = tuple(int(255 * c) for c in fog * (1 - depth) * 0.8 + ground * 0.5 * depth)
        corners = [(x - wide / 2, foot), (x + wide / 2, foot), (x + lean + wide * 0.3, -5)]
        draw.polygon([*corners, (x + lean - wide * 0.3, -5)], bark)
    leaves = np.clip((_noise(random, 12, 512) - 0.3 - 0.55 * down[..., 0]) * 7, 0, 1)
    green = _hue(random, 0.08, 0.42, 0.75, 0.55) * (0.4 + 1.1 * _noise(random, 48, 600)[..., None])
    return _over(_colours(picture), leaves, green)


def meadow(random: Random) -> Plane:
    """Flowers in the grass, larger to the front."""
    top, low = _hue(random, 0.5, 0.65, 0.6, 0.8), _hue(random, 0.5, 0.7, 0.15, 1.0)
    scene = _sky(random, top, low)
    horizon = int(HEIGHT * random.uniform(0.28, 0.45))
    grass = _hue(random, 0.18, 0.4, 0.75, 0.5)
    blades = _noise(random, 64, 600, 0.3)[horizon:, :, None]
    scene[horizon:] = grass * (0.45 + 1.1 * blades)
    picture = _image(scene)
    draw = ImageDraw.Draw(picture)
    hue = random.uniform(0, 1)
    for depth in np.sort(random.random(420)) ** 1.6:
        x, y = random.uniform(0, WIDTH), horizon + (HEIGHT - horizon) * depth
        size = 2 + 24 * depth * random.uniform(0.6, 1.2)
        colour = _hue(random, hue, hue + 0.25, random.uniform(0.4, 0.9), 0.97) * 255
        petals = int(random.integers(5, 9))
        turn = random.uniform(0, 6)
        for angle in turn + np.arange(petals) * 2 * np.pi / petals:
            px, py = x + np.cos(angle) * size * 0.6, y + np.sin(angle) * size * 0.45
            box = (px - size * 0.4, py - size * 0.35, px + size * 0.4, py + size * 0.35)
            draw.ellipse(box, tuple(int(c) for c in colour))
        heart = (x - size * 0.25, y - size * 0.2, x + size * 0.25, y + size * 0.2)
        draw.ellipse(heart, (240, 200, 60))
    return _colours(picture)


def fruit(random: Random) -> Plane:
    """A market stall: a heap of round fruit, lit from one side."""
    cloth = _hue(random, 0, 1, 0.5, 0.5) * (0.6 + 0.8 * _noise(random, 6, 600)[..., None])
    scene = np.broadcast_to(cloth, (HEIGHT, WIDTH, 3)).copy()
    light = random.uniform(-0.5, 0.5)
    hue = random.uniform(-0.05, 0.25)  # apples to limes
    skin = _noise(random, 96, 768)
    for _ in range(int(random.integers(55, 90))):
        radius = int(random.uniform(35, 95))
        x, y = int(random.uniform(0, WIDTH)), int(random.uniform(0, HEIGHT))
        left, right = max(0, x - radius), min(WIDTH, x + radius)
        top, bottom = max(0, y - radius), min(HEIGHT, y + radius)
        v, u = np.ogrid[top - y : bottom - y, left - x : right - x]
        u, v = u / radius, v / radius
        inside = u * u + v * v < 1
        height = np.sqrt(np.clip(1 - u * u - v * v, 0, 1))
        lit = np.clip(0.25 + 0.65 * height + light * u - 0.35 * v, 0.05, 1.2)
        gloss = np.clip((height - 0.35 * (u - light) - 0.35 * (v + 0.5)) - 1.08, 0, 1) * 5
        colour = _hue(random, hue, hue + 0.22, 0.8, 0.9)
        spots = 0.75 + 0.5 * skin[top:bottom, left:right]
        ball = colour * (lit * spots)[..., None] + gloss[..., None]
        scene[top:bottom, left:right][inside] = ball[inside]
    return scene


def dunes(random: Random) -> Plane:
    """Sand in low light: long ridges with ripples."""
    scene = _sky(random, _hue(random, 0.5, 0.7, 0.6, 0.7), _hue(random, 0.02, 0.15, 0.35, 0.98))
    sand = _hue(random, 0.03, 0.12, 0.6, 0.95)
    y, x = _grid()
    bend = 25 * _noise(random, 3, 24)
    for depth in np.linspace(0.2, 1, 5):
        line = HEIGHT * (0.36 + 0.5 * depth) + _ridge(random, 0.3) * HEIGHT * 0.13
        below = y - line
        ripples = np.sin((below * random.uniform(0.1, 0.2) + x * 0.02) / depth + bend + 9 * depth)
        shade = np.clip(0.95 - below / HEIGHT * 1.1, 0.35, 1) + 0.09 * ripples * depth
        face = sand * (shade * random.uniform(0.75, 1.0))[..., None]
        scene = _over(scene, np.clip(below, 0, 1), face)
    return np.asarray(scene + 0.06 * (_noise(random, 300, 600)[..., None] - 0.5), np.float32)


KINDS: tuple[Callable[[Random], Plane], ...] = (
    mountains,
    sea,
    city,
    meadow,
    forest,
    fruit,
    lights,
    dunes,
)
